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

TRUTH, LT, LE, GT, GE, EQ, NE, ISNAN, ISINF, ISFINITE, NONZERO = range(11)
AND, OR, NOT = 16, 17, 18
ROWS, COLUMNS, FLAT = range(3)
BOOL, INT, FLOAT, COMPLEX = range(4)
TENSOR, ZERO_DIMENSIONAL, NUMBER = range(3)

# torch dtype -> DLPack code and bits
DTYPES = {
    torch.bool: (6, 8), torch.uint8: (1, 8), torch.int8: (0, 8), torch.int16: (0, 16),
    torch.int32: (0, 32), torch.int64: (0, 64), torch.float16: (2, 16), torch.bfloat16: (4, 16),
    torch.float32: (2, 32), torch.float64: (2, 64), torch.complex64: (5, 64),
    torch.complex128: (5, 128),
}
TORCH_DTYPES = {code_and_bits: dtype for dtype, code_and_bits in DTYPES.items()}


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
    pass


Condition._fields_ = [("struct_bytes", c_size_t), ("predicate", c_int32), ("reserved", c_int32),
                      ("tensor", POINTER(Tensor)), ("with_", Operand),
                      ("left", POINTER(Condition)), ("right", POINTER(Condition))]


class Typed(Structure):
    _fields_ = [("dtype", Dtype), ("standing", c_int32)]


class Reduction(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("dims", POINTER(c_int32)), ("dim_count", c_size_t),
                ("keepdim", c_int32), ("reserved", c_int32)]


class NonzeroOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("form", c_int32), ("keep_rest", c_int32),
                ("fill", c_int64), ("index", Dtype)]


class SelectOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("fill", POINTER(Scalar)), ("keep_rest", c_int32),
                ("reserved", c_int32)]


class Selection(Structure):
    _fields_ = [("data", c_void_p), ("bytes", c_size_t), ("count", c_int64)]


class NanToNumOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("nan", POINTER(Scalar)), ("posinf", POINTER(Scalar)),
                ("neginf", POINTER(Scalar)), ("accumulate", c_int32), ("reserved", c_int32)]


class Guard(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("where", POINTER(Condition)),
                ("otherwise", POINTER(Scalar))]


class ReduceOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("where", POINTER(Condition)),
                ("over", POINTER(Reduction)), ("denominator_eps", c_double),
                ("first_index", c_int64), ("empty_mean", c_int32), ("reserved", c_int32)]


class LossOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("mask", POINTER(Condition)),
                ("weight", POINTER(Tensor)), ("ignore", POINTER(c_int64)),
                ("ignore_count", c_size_t), ("denominator", c_double),
                ("denominator_eps", c_double), ("first_element", c_int64),
                ("reduction", c_int32), ("normaliser", c_int32), ("empty_mean", c_int32),
                ("reserved", c_int32), ("gradient", POINTER(Tensor)),
                ("upstream", POINTER(Tensor)), ("divisor", POINTER(Tensor))]

    @classmethod
    def make(cls, weight, ignore: list[int], reduction: int, normaliser: int = 0, gradient=None,
             upstream=None, divisor=None, mask=None, denominator: float = 0,
             eps: float = 0) -> LossOptions:
        def of(tensor):
            return None if tensor is None else ctypes.pointer(borrow(tensor))

        where = None if mask is None else ctypes.pointer(condition(mask))
        return cls(sizeof(cls), where, of(weight), (c_int64 * len(ignore))(*ignore), len(ignore),
                   denominator, eps, 0, reduction, normaliser, 0, 0, of(gradient), of(upstream),
                   of(divisor))


class BinaryLossOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("pos_weight", POINTER(Tensor)), ("eps", c_double),
                ("alpha", c_double), ("gamma", c_double)]

    @classmethod
    def make(cls, pos_weight, eps: float = 1e-6, alpha: float = 0.25,
             gamma: float = 2) -> BinaryLossOptions:
        of = None if pos_weight is None else ctypes.pointer(borrow(pos_weight))
        return cls(sizeof(cls), of, eps, alpha, gamma)


class ClassLossOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("class_weight", POINTER(Tensor)),
                ("label_smoothing", c_double), ("class_dim", c_int32), ("accumulate", c_int32)]

    @classmethod
    def make(cls, class_weight, label_smoothing: float, class_dim: int) -> ClassLossOptions:
        of = None if class_weight is None else ctypes.pointer(borrow(class_weight))
        return cls(sizeof(cls), of, label_smoothing, class_dim, 0)


class LabelOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("classes", c_int64), ("ignore", POINTER(c_int64)),
                ("ignore_count", c_size_t), ("first_element", c_int64), ("accumulate", c_int32),
                ("class_dim", c_int32), ("condition", POINTER(Condition)),
                ("pixel_weight", c_int64)]


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


def condition(tree) -> Condition:
    """The C structs of a condition that is written as

      a bool tensor; (ISNAN, tensor) and the like; (LT, tensor, right) with a tensor or a number;
      (AND, tree, tree), (OR, tree, tree), (NOT, tree)
    """
    if isinstance(tree, torch.Tensor):
        tree = (TRUTH, tree)
    predicate, first, *more = tree
    out = Condition(struct_bytes=sizeof(Condition), predicate=predicate)
    if predicate < AND:
        out.tensor = ctypes.pointer(borrow(first))
        out.with_ = operand(more[0] if more else False)
    else:
        out.left = ctypes.pointer(condition(first))
        if more:
            out.right = ctypes.pointer(condition(more[0]))
    return out


def guard(tree, otherwise) -> Guard:
    return Guard(sizeof(Guard), None if tree is None else ctypes.pointer(condition(tree)),
                 ctypes.pointer(scalar(otherwise)))


def standing(value) -> Typed:
    if isinstance(value, torch.Tensor):
        code, bits = DTYPES[value.dtype]
        return Typed(Dtype(code, bits, 1), TENSOR if value.dim() else ZERO_DIMENSIONAL)
    default = {bool: torch.bool, int: torch.int64, float: torch.float32, complex: torch.complex64}
    code, bits = DTYPES[default[type(value)]]
    return Typed(Dtype(code, bits, 1), NUMBER)


class Refused(RuntimeError):
    """A call that returned an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


INVALID_ARGUMENT, INVALID_DTYPE, OUT_OF_RANGE = 1, 2, 7


class Library:
    """One context of the loaded library."""

    def __init__(self, path: str, isa: str = "") -> None:
        self.c = ctypes.CDLL(path)
        self.c.bw_message.restype = c_char_p
        self.c.bw_message.argtypes = [c_void_p]
        self.c.bw_where.argtypes = [c_void_p, POINTER(Condition), Operand, Operand,
                                    POINTER(Tensor)]
        self.c.bw_where_result.argtypes = [POINTER(Condition), Operand, Operand, POINTER(Dtype),
                                           POINTER(c_int32), POINTER(c_int64)]
        self.context = c_void_p()
        options = ContextOptions(struct_bytes=sizeof(ContextOptions), device=b"cpu",
                                 isa=isa.encode() or None)
        self.check(self.c.bw_context_create(byref(options), byref(self.context)), None)

    def check(self, status: int, context) -> None:
        if status != 0:
            raise Refused(status, self.c.bw_message(context).decode())

    def result_type(self, *values) -> torch.dtype:
        operands = (Typed * len(values))(*map(standing, values))
        out = Dtype()
        self.check(self.c.bw_result_type(operands, c_size_t(len(values)), byref(out)), None)
        return TORCH_DTYPES[out.code, out.bits]

    def where_result(self, tree, x, y) -> tuple[torch.dtype, list[int]]:
        dtype, rank, shape = Dtype(), c_int32(), (c_int64 * 16)()
        self.check(self.c.bw_where_result(byref(condition(tree)), operand(x), operand(y),
                                          byref(dtype), byref(rank), shape), None)
        return TORCH_DTYPES[dtype.code, dtype.bits], list(shape[:rank.value])

    def where(self, tree, x, y) -> torch.Tensor:
        dtype, shape = self.where_result(tree, x, y)
        out = torch.empty(shape, dtype=dtype)
        self.check(self.c.bw_where(self.context, byref(condition(tree)), operand(x), operand(y),
                                   byref(borrow(out))), self.context)
        return out

    def mask(self, tree, shape) -> torch.Tensor:
        out = torch.empty(shape, dtype=torch.bool)
        self.check(self.c.bw_mask(self.context, byref(condition(tree)), byref(borrow(out))),
                   self.context)
        return out

    def count_nonzero(self, tree, dims: list[int], keepdim: bool = False) -> torch.Tensor:
        over = Reduction(sizeof(Reduction), (c_int32 * len(dims))(*dims), len(dims), int(keepdim),
                         0)
        rank, shape = c_int32(), (c_int64 * 16)()
        self.check(self.c.bw_count_nonzero_result(byref(condition(tree)), byref(over), byref(rank),
                                                  shape), None)
        out = torch.empty(list(shape[:rank.value]), dtype=torch.int64)
        self.check(self.c.bw_count_nonzero(self.context, byref(condition(tree)), byref(over),
                                           byref(borrow(out))), self.context)
        return out

    def take(self, selection: Selection, shape: list[int], dtype: torch.dtype) -> torch.Tensor:
        """The memory of an allocating call, as a tensor of its own."""
        out = torch.empty(shape, dtype=dtype)
        if selection.bytes != out.numel() * out.element_size():
            raise RuntimeError(f"{selection.bytes} bytes for {dtype}{tuple(shape)}")
        ctypes.memmove(out.data_ptr(), selection.data, selection.bytes)
        self.check(self.c.bw_free(self.context, c_void_p(selection.data),
                                  c_size_t(selection.bytes)), self.context)
        return out

    def nonzero(self, tree, rank: int, form: int = ROWS,
                index: torch.dtype = torch.int64) -> torch.Tensor:
        code, bits = DTYPES[index]
        options = NonzeroOptions(sizeof(NonzeroOptions), form, 0, 0, Dtype(code, bits, 1))
        found = Selection()
        self.check(self.c.bw_nonzero(self.context, byref(condition(tree)), byref(options),
                                     byref(found)), self.context)
        n = found.count
        return self.take(found, {ROWS: [n, rank], COLUMNS: [rank, n], FLAT: [n]}[form], index)

    def nonzero_into(self, tree, out: torch.Tensor, form: int = ROWS, fill: int = 0,
                     keep_rest: bool = False) -> list[int]:
        """The count and whether there was too little room."""
        options = NonzeroOptions(sizeof(NonzeroOptions), form, int(keep_rest), fill, Dtype())
        found = (c_int64 * 2)()
        self.check(self.c.bw_nonzero_into(self.context, byref(condition(tree)), byref(options),
                                          byref(borrow(out)), byref(found)), self.context)
        return list(found)

    def masked_select(self, x: torch.Tensor, tree) -> torch.Tensor:
        found = Selection()
        self.check(self.c.bw_masked_select(self.context, byref(borrow(x)), byref(condition(tree)),
                                           byref(found)), self.context)
        return self.take(found, [found.count], x.dtype)

    def masked_select_into(self, x: torch.Tensor, tree, out: torch.Tensor, fill,
                           keep_rest: bool = False) -> list[int]:
        options = SelectOptions(sizeof(SelectOptions), ctypes.pointer(scalar(fill)),
                                int(keep_rest), 0)
        found = (c_int64 * 2)()
        self.check(self.c.bw_masked_select_into(
            self.context, byref(borrow(x)), byref(condition(tree)), byref(options),
            byref(borrow(out)), byref(found)), self.context)
        return list(found)

    def nan_to_num(self, x: torch.Tensor, nan, posinf, neginf) -> tuple[torch.Tensor, list[int]]:
        given = [None if value is None else ctypes.pointer(scalar(value))
                 for value in (nan, posinf, neginf)]
        options = NanToNumOptions(sizeof(NanToNumOptions), *given, 0, 0)
        out = torch.empty(x.shape, dtype=x.dtype)
        replaced = (c_int64 * 3)()
        self.check(self.c.bw_nan_to_num(self.context, byref(borrow(x)), byref(options),
                                        byref(borrow(out)), byref(replaced)), self.context)
        return out, list(replaced)

    def elementwise(self, function: int, x: torch.Tensor, tree, otherwise) -> torch.Tensor:
        under = guard(tree, otherwise)
        out = self.computed(operand(x), None, under)
        self.check(self.c.bw_elementwise(self.context, function, byref(borrow(x)), byref(under),
                                         byref(borrow(out))), self.context)
        return out

    def safe_divide(self, x, y, tree, otherwise) -> torch.Tensor:
        under = guard(tree, otherwise)
        out = self.computed(operand(x), operand(y), under)
        self.check(self.c.bw_safe_divide(self.context, operand(x), operand(y), byref(under),
                                         byref(borrow(out))), self.context)
        return out

    def computed(self, x: Operand, y: Operand | None, under: Guard) -> torch.Tensor:
        """Room for what an elementwise operation gives."""
        dtype, rank, shape = Dtype(), c_int32(), (c_int64 * 16)()
        self.check(self.c.bw_elementwise_result(x, None if y is None else byref(y), byref(under),
                                                byref(dtype), byref(rank), shape), None)
        return torch.empty(list(shape[:rank.value]), dtype=TORCH_DTYPES[dtype.code, dtype.bits])

    def reduce(self, by: int, x: torch.Tensor, tree, dims: list[int], keepdim: bool,
               dtype: torch.dtype, eps: float,
               empty_zero: bool) -> tuple[torch.Tensor, list[int]]:
        """The results, and the report: how many had nothing to reduce, and the first of them."""
        over = Reduction(sizeof(Reduction), (c_int32 * len(dims))(*dims), len(dims), int(keepdim),
                         0)
        where = None if tree is None else ctypes.pointer(condition(tree))
        options = ReduceOptions(sizeof(ReduceOptions), where, ctypes.pointer(over), eps, 0,
                                int(empty_zero), 0)
        default, rank, shape = Dtype(), c_int32(), (c_int64 * 16)()
        self.check(self.c.bw_reduce_result(by, byref(borrow(x)), byref(options), byref(default),
                                           byref(rank), shape), None)
        out = torch.empty(list(shape[:rank.value]), dtype=dtype)
        report = (c_int64 * 2)()
        self.check(self.c.bw_reduce(self.context, by, byref(borrow(x)), byref(options),
                                    byref(borrow(out)), byref(report)), self.context)
        return out, list(report)

    def reduce_partial(self, by: int, x: torch.Tensor) -> torch.Tensor:
        code, bits = DTYPES[x.dtype]
        words = c_int64()
        self.check(self.c.bw_partial_words(by, Dtype(code, bits, 1), byref(words)), None)
        out = torch.empty([words.value], dtype=torch.int64)
        self.check(self.c.bw_reduce_partial(self.context, by, byref(borrow(x)), None,
                                            byref(borrow(out))), self.context)
        return out

    def merge_partials(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        out = first.clone()
        self.check(self.c.bw_merge_partials(self.context, byref(borrow(second)),
                                            byref(borrow(out))), self.context)
        return out

    def finish_partials(self, by: int, words: torch.Tensor, of: torch.dtype, dtype: torch.dtype,
                        eps: float, empty_zero: bool) -> torch.Tensor:
        code, bits = DTYPES[of]
        options = ReduceOptions(sizeof(ReduceOptions), None, None, eps, 0, int(empty_zero), 0)
        out = torch.empty(words.shape[:-1], dtype=dtype)
        self.check(self.c.bw_finish_partials(self.context, by, byref(borrow(words)),
                                             Dtype(code, bits, 1), byref(options),
                                             byref(borrow(out)), None), self.context)
        return out

    def where_gradient(self, tree, upstream: torch.Tensor, x: torch.Tensor,
                       y: torch.Tensor) -> None:
        """Into x and y."""
        self.check(self.c.bw_where_gradient(self.context, byref(condition(tree)),
                                            byref(borrow(upstream)), byref(borrow(x)),
                                            byref(borrow(y))), self.context)

    def reduce_gradient(self, by: int, upstream: torch.Tensor, tree, dims: list[int],
                        keepdim: bool, eps: float, into: torch.Tensor) -> None:
        over = Reduction(sizeof(Reduction), (c_int32 * len(dims))(*dims), len(dims), int(keepdim),
                         0)
        where = None if tree is None else ctypes.pointer(condition(tree))
        options = ReduceOptions(sizeof(ReduceOptions), where, ctypes.pointer(over), eps, 0, 0, 0)
        self.check(self.c.bw_reduce_gradient(self.context, by, byref(borrow(upstream)),
                                             byref(options), None, byref(borrow(into))),
                   self.context)

    def elementwise_gradient(self, function: int, x: torch.Tensor, tree, upstream: torch.Tensor,
                             into: torch.Tensor) -> None:
        self.check(self.c.bw_elementwise_gradient(
            self.context, function, byref(borrow(x)), byref(guard(tree, 0)),
            byref(borrow(upstream)), byref(borrow(into))), self.context)

    def safe_divide_gradient(self, x: torch.Tensor, y: torch.Tensor, upstream: torch.Tensor,
                             into_x: torch.Tensor, into_y: torch.Tensor) -> None:
        self.check(self.c.bw_safe_divide_gradient(
            self.context, operand(x), operand(y), None, byref(borrow(upstream)),
            byref(borrow(into_x)), byref(borrow(into_y))), self.context)

    def binary_loss(self, kind: int, x: torch.Tensor, target: torch.Tensor,
                    binary: BinaryLossOptions | None, loss: LossOptions | None) -> torch.Tensor:
        each = loss is not None and loss.reduction == 2
        out = torch.empty(x.shape if each else [], dtype=x.dtype)
        self.check(self.c.bw_binary_loss(
            self.context, kind, byref(borrow(x)), byref(borrow(target)),
            None if binary is None else byref(binary), None if loss is None else byref(loss),
            byref(borrow(out)), None), self.context)
        return out

    def class_loss(self, kind: int, x: torch.Tensor, target: torch.Tensor,
                   classes: ClassLossOptions | None, loss: LossOptions | None,
                   counts: bool = True) -> tuple[torch.Tensor, list[int]]:
        """The loss, and of labels how many pixels are predicted rightly, and of how many."""
        each = loss is not None and loss.reduction == 2
        pixels = list(x.shape)
        del pixels[(1 if len(pixels) > 1 else 0) if classes is None else classes.class_dim]
        out = torch.empty(pixels if each else [], dtype=x.dtype)
        agreement = torch.empty(2, dtype=torch.int64)
        self.check(self.c.bw_class_loss(
            self.context, kind, byref(borrow(x)), byref(borrow(target)),
            None if classes is None else byref(classes), None if loss is None else byref(loss),
            byref(borrow(out)), None, byref(borrow(agreement)) if counts else None, None),
            self.context)
        return out, agreement.tolist()

    def confusion(self, prediction: torch.Tensor, target: torch.Tensor, classes: int,
                  ignore: list[int]) -> tuple[torch.Tensor, list[int]]:
        counts = torch.empty(classes, classes, dtype=torch.int64)
        report = (c_int64 * 2)()
        options = LabelOptions(sizeof(LabelOptions), classes, (c_int64 * len(ignore))(*ignore),
                               len(ignore), 0, 0, 1)
        self.check(self.c.bw_confusion_matrix(
            self.context, byref(borrow(prediction)), byref(borrow(target)), byref(options),
            byref(borrow(counts)), byref(report)), self.context)
        return counts, list(report)

    def accuracy(self, prediction: torch.Tensor, target: torch.Tensor,
                 ignore: list[int]) -> list[int]:
        counts = torch.empty(2, dtype=torch.int64)
        options = LabelOptions(sizeof(LabelOptions), 0, (c_int64 * len(ignore))(*ignore),
                               len(ignore), 0, 0, 1)
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


def raw(tensor: torch.Tensor) -> bytes:
    tensor = tensor.contiguous()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def same_bits(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and raw(a) == raw(b)


__all__ = ["AND", "BinaryLossOptions", "COLUMNS", "DTYPES", "EQ", "FLAT", "GE", "GT",
           "INVALID_ARGUMENT", "INVALID_DTYPE", "ISFINITE", "ISINF", "ISNAN", "LE", "LT", "Library",
           "LossOptions", "NE", "NONZERO", "NOT", "OR", "OUT_OF_RANGE", "ROWS", "Refused",
           "contexts", "numpy", "same_bits", "torch"]
