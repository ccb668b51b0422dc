# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
import ctypes as c

import torch
from torch.utils.dlpack import to_dlpack

bitwhere = c.CDLL("libbitwhere.so")
bitwhere.bw_message.restype = c.c_char_p
pointer_in = c.pythonapi.PyCapsule_GetPointer
pointer_in.restype, pointer_in.argtypes = c.c_void_p, [c.py_object, c.c_char_p]


class LossOptions(c.Structure):  # bw_loss_options
    _fields_ = [("struct_bytes", c.c_size_t), ("mask", c.c_void_p), ("weight", c.c_void_p),
                ("ignore", c.POINTER(c.c_int64)), ("ignore_count", c.c_size_t),
                ("denominator", c.c_double), ("denominator_eps", c.c_double),
                ("first_element", c.c_int64), ("reduction", c.c_int32), ("normaliser", c.c_int32),
                ("empty_mean", c.c_int32), ("reserved", c.c_int32), ("gradient", c.c_void_p),
                ("upstream", c.c_void_p), ("divisor", c.c_void_p)]


def check(status, context=None):
    if status != 0:
        raise RuntimeError(bitwhere.bw_message(context).decode())


class CrossEntropy(torch.autograd.Function):
    """The mean over labels that are not ignored: (N, C, ..) logits on the cpu."""

    context = c.c_void_p()
    check(bitwhere.bw_context_create(None, c.byref(context)))

    @staticmethod
    def forward(ctx, logits, labels, ignore_index=-100):
        loss, gradient = logits.new_empty(()), torch.empty_like(logits)
        # A capsule holds a DLTensor, which is what bw_tensor is; it lives as long as this list.
        held = [to_dlpack(t.detach()) for t in (logits, labels, loss, gradient)]
        x, target, out, slope = (pointer_in(capsule, b"dltensor") for capsule in held)
        options = LossOptions(struct_bytes=c.sizeof(LossOptions), gradient=slope,
                              ignore=c.pointer(c.c_int64(ignore_index)), ignore_count=1)
        check(bitwhere.bw_class_loss(CrossEntropy.context, 0, c.c_void_p(x), c.c_void_p(target),
                                     None, c.byref(options), c.c_void_p(out), None, None, None),
              CrossEntropy.context)
        ctx.save_for_backward(gradient)
        return loss

    @staticmethod
    def backward(ctx, upstream):
        gradient = ctx.saved_tensors[0]  # what is +0 stays so, even times infinity
        return torch.where(gradient == 0, gradient, gradient * upstream), None, None
