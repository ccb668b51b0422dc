# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The library over ctypes, as any Python program could load it, with NumPy arrays as tensors."""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, Structure, Union, byref, c_char_p, c_double, c_int32, c_int64
from ctypes import c_size_t, c_uint8, c_uint16, c_uint64, c_void_p, sizeof

try:
    import numpy
    import torch
except ImportError as absent:
    print(f"skipped: {absent}; install python3-torch and python3-numpy (./dev test --oracle)")
    sys.exit(77)

TRUTH, LT, LE, GT, GE, EQ, NE = range(7)
BOOL, INT, FLOAT, COMPLEX = range(4)

# torch dtype -> DLPack code and bits
DTYPES = {
    torch.bool: (6, 8), torch.uint8: (1, 8), torch.int8: (0, 8), torch.int16: (0, 16),
    torch.int32: (0, 32), torch.int64: (0, 64), torch.float16: (2, 16), torch.bfloat16: (4, 16),
    torch.float32: (2, 32), torch.float64: (2, 64), torch.complex64: (5, 64),
    torch.complex128: (5, 128),
}


class Dtype(Structure):
    _fields_ = [("code", c_uint8), ("bits", c_uint8), ("lanes", c_uint16)]


class Device(Structure):
    _fields_ = [("type", c_int32), ("index", c_int32)]


class Tensor(Structure):
    _fields_ = [("data", c_void_p), ("device", Device), ("ndim", c_int32), ("dtype", Dtype),
                ("shape", POINTER(c_int64)), ("strides", POINTER(c_int64)),
                ("byte_offset", c_uint64)]


class ScalarValue(Union):
    _fields_ = [("integer", c_int64), ("real", c_double * 2)]


class Scalar(Structure):
    _fields_ = [("kind", c_int32), ("reserved", c_int32), ("value", ScalarValue)]


class Operand(Structure):
    _fields_ = [("tensor", POINTER(Tensor)), ("scalar", Scalar)]


class Condition(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("comparison", c_int32), ("reserved", c_int32),
                ("tensor", POINTER(Tensor)), ("scalar", Scalar)]


class LabelOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("classes", c_int64), ("ignore", POINTER(c_int64)),
                ("ignore_count", c_size_t), ("first_element", c_int64), ("accumulate", c_int32),
                ("reserved", c_int32)]


class ContextOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("device", c_char_p), ("isa", c_char_p),
                ("threads", c_int32), ("reserved", c_int32), ("stream", c_void_p),
                ("allocator", c_void_p), ("trace", c_void_p), ("trace_user", c_void_p)]


def borrow(tensor: torch.Tensor) -> Tensor:
    """The C struct over a torch tensor of the host, with torch's own strides."""
    rank = tensor.dim()
    code, bits = DTYPES[tensor.dtype]
    return Tensor(tensor.data_ptr(), Device(1, 0), rank, Dtype(code, bits, 1),
                  (c_int64 * max(rank, 1))(*tensor.shape),
                  (c_int64 * max(rank, 1))(*tensor.stride()), 0)


def scalar(value: bool | int | float | complex) -> Scalar:
    if isinstance(value, bool):
        return Scalar(BOOL, 0, ScalarValue(integer=int(value)))
    if isinstance(value, int):
        return Scalar(INT, 0, ScalarValue(integer=value))
    if isinstance(value, float):
        return Scalar(FLOAT, 0, ScalarValue(real=(c_double * 2)(value, 0)))
    return Scalar(COMPLEX, 0, ScalarValue(real=(c_double * 2)(value.real, value.imag)))


def operand(value) -> Operand:
    if isinstance(value, torch.Tensor):
        return Operand(ctypes.pointer(borrow(value)), Scalar())
    return Operand(None, scalar(value))


class Library:
    """One context of the loaded library."""

    def __init__(self, path: str, isa: str = "") -> None:
        self.c = ctypes.CDLL(path)
        self.c.bw_message.restype = c_char_p
        self.c.bw_message.argtypes = [c_void_p]
        self.c.bw_where.argtypes = [c_void_p, POINTER(Condition), Operand, Operand,
                                    POINTER(Tensor)]
        self.context = c_void_p()
        options = ContextOptions(struct_bytes=sizeof(ContextOptions), device=b"cpu",
                                 isa=isa.encode() or None)
        self.check(self.c.bw_context_create(byref(options), byref(self.context)), None)

    def check(self, status: int, context) -> None:
        if status != 0:
            raise RuntimeError(self.c.bw_message(context).decode())

    def where(self, condition, x, y, out: torch.Tensor) -> None:
        """`condition` is a bool tensor or (tensor, comparison, scalar)."""
        tensor, comparison, right = (condition if isinstance(condition, tuple)
                                     else (condition, TRUTH, False))
        leaf = Condition(sizeof(Condition), comparison, 0, ctypes.pointer(borrow(tensor)),
                         scalar(right))
        self.check(self.c.bw_where(self.context, byref(leaf), operand(x), operand(y),
                                   byref(borrow(out))), self.context)

    def confusion(self, prediction: torch.Tensor, target: torch.Tensor, classes: int,
                  ignore: list[int]) -> tuple[torch.Tensor, list[int]]:
        counts = torch.empty(classes, classes, dtype=torch.int64)
        report = (c_int64 * 2)()
        options = LabelOptions(sizeof(LabelOptions), classes, (c_int64 * len(ignore))(*ignore),
                               len(ignore), 0, 0, 0)
        self.check(self.c.bw_confusion_matrix(
            self.context, byref(borrow(prediction)), byref(borrow(target)), byref(options),
            byref(borrow(counts)), byref(report)), self.context)
        return counts, list(report)

    def accuracy(self, prediction: torch.Tensor, target: torch.Tensor,
                 ignore: list[int]) -> list[int]:
        counts = torch.empty(2, dtype=torch.int64)
        options = LabelOptions(sizeof(LabelOptions), 0, (c_int64 * len(ignore))(*ignore),
                               len(ignore), 0, 0, 0)
        self.check(self.c.bw_accuracy(self.context, byref(borrow(prediction)),
                                      byref(borrow(target)), byref(options),
                                      byref(borrow(counts))), self.context)
        return counts.tolist()


def contexts(path: str) -> dict[str, Library]:
    """A context an instruction set that this machine has."""
    found = {}
    for isa in ("scalar", "avx2", "avx512", "neon"):
        try:
            found[isa] = Library(path, isa)
        except RuntimeError:
            continue
    return found


def same_bits(a: torch.Tensor, b: torch.Tensor) -> bool:
    def raw(t: torch.Tensor) -> bytes:
        t = t.contiguous()
        if t.dtype == torch.bfloat16:
            t = t.view(torch.int16)
        return t.numpy().tobytes()
    return a.shape == b.shape and a.dtype == b.dtype and raw(a) == raw(b)


__all__ = ["Library", "contexts", "same_bits", "numpy", "torch", "LT", "LE", "GT", "GE", "EQ",
           "NE"]
