// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "tensor.hpp"

#include "failure.hpp"

namespace bitwhere::plan {
namespace {

[[noreturn]] void refuse(bw_status status, const char* name, const std::string& text) {
  throw failure(status, std::string(name) + ": " + text);
}

// Checks that the furthest address of the tensor on either side can be computed in 64 bits.
void check_reach(const tensor& t) {
  int64_t low = 0;
  int64_t high = bytes_of(t.type);
  for (int d = 0; d < t.shape.rank; ++d) {
    int64_t reach = 0;
    const bool overflow =
        __builtin_mul_overflow(t.shape.extent[d] - 1, t.stride_bytes[d], &reach) ||
        (reach < 0 ? __builtin_add_overflow(low, reach, &low)
                   : __builtin_add_overflow(high, reach, &high));
    if (overflow) refuse(BW_INVALID_SHAPE, t.name, "strides reach beyond 64-bit addresses");
  }
}

void read_strides(const bw_tensor& from, tensor& t) {
  const int64_t size = bytes_of(t.type);
  int64_t dense = size;
  for (int d = t.shape.rank - 1; d >= 0; --d) {
    if (from.strides == nullptr) {
      t.stride_bytes[d] = dense;
      dense *= t.shape.extent[d];
    } else if (__builtin_mul_overflow(from.strides[d], size, &t.stride_bytes[d])) {
      refuse(BW_INVALID_SHAPE, t.name, "stride " + std::to_string(d) + " overflows");
    }
  }
}

}  // namespace

bool operator==(const shape& a, const shape& b) {
  if (a.rank != b.rank) return false;
  for (int d = 0; d < a.rank; ++d) {
    if (a.extent[d] != b.extent[d]) return false;
  }
  return true;
}

std::string describe(const shape& s) {
  std::string text = "(";
  for (int d = 0; d < s.rank; ++d) {
    if (d != 0) text += ", ";
    text += std::to_string(s.extent[d]);
  }
  return text + (s.rank == 1 ? ",)" : ")");
}

std::string describe(bw_device device) {
  switch (device.type) {
    case BW_CPU:
      return "cpu";
    case BW_CUDA:
      return "cuda:" + std::to_string(device.index);
    case BW_CUDA_HOST:
      return "pinned host memory";
    case BW_CUDA_MANAGED:
      return "managed memory";
    default:
      return "device type " + std::to_string(device.type);
  }
}

int64_t elements_of(const shape& s, const char* what) {
  int64_t n = 1;
  for (int d = 0; d < s.rank; ++d) {
    if (s.extent[d] == 0) return 0;
  }
  for (int d = 0; d < s.rank; ++d) {
    // 2^58 elements of 16 bytes are 2^62 bytes: byte counts of a few such tensors still fit.
    if (__builtin_mul_overflow(n, s.extent[d], &n) || n > (int64_t{1} << 58)) {
      refuse(BW_INVALID_SHAPE, what, "shape " + describe(s) + " has too many elements");
    }
  }
  return n;
}

tensor checked(const bw_tensor* from, const char* name) {
  if (from == nullptr) refuse(BW_INVALID_ARGUMENT, name, "is NULL");
  tensor t;
  t.name = name;
  t.device = from->device;
  if (from->ndim < 0 || from->ndim > max_rank) {
    refuse(BW_INVALID_SHAPE, name, "rank " + std::to_string(from->ndim) + " is not in 0..16");
  }
  t.shape.rank = from->ndim;
  if (from->ndim > 0 && from->shape == nullptr) refuse(BW_INVALID_ARGUMENT, name, "shape is NULL");
  for (int d = 0; d < from->ndim; ++d) {
    if (from->shape[d] < 0) {
      refuse(BW_INVALID_SHAPE, name,
             "size " + std::to_string(from->shape[d]) + " of dimension " + std::to_string(d) +
                 " is negative");
    }
    t.shape.extent[d] = from->shape[d];
  }
  const auto type = dtype_from(from->dtype);
  if (!type) refuse(BW_INVALID_DTYPE, name, describe(from->dtype) + " is not supported");
  t.type = *type;
  t.elements = elements_of(t.shape, name);
  if (t.elements == 0) return t;
  if (from->data == nullptr) {
    refuse(BW_INVALID_ARGUMENT, name,
           "data is NULL though shape " + describe(t.shape) + " has elements");
  }
  t.data = static_cast<unsigned char*>(from->data) + from->byte_offset;
  read_strides(*from, t);
  check_reach(t);
  return t;
}

void require_floating(const tensor& t) {
  if (is_floating(t.type)) return;
  refuse(BW_INVALID_DTYPE, t.name,
         std::string("must be f16, bf16, f32 or f64, is ") + name_of(t.type));
}

bool reachable(const placement& on, bw_device tensor) {
  if (on.memory.type == BW_CPU) {
    return tensor.type == BW_CPU || tensor.type == BW_CUDA_HOST || tensor.type == BW_CUDA_MANAGED;
  }
  return (tensor.type == BW_CUDA && tensor.index == on.memory.index) ||
         tensor.type == BW_CUDA_MANAGED;
}

void require_reachable(const placement& on, const tensor& t) {
  if (reachable(on, t.device)) return;
  refuse(BW_INVALID_DEVICE, t.name,
         "lies in " + describe(t.device) + ", the context is on " + describe(on.memory));
}

}  // namespace bitwhere::plan
