// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include <cstdint>
#include <string>

#include "../../kernels/tile/operand.hpp"
#include "dtype.hpp"

namespace bitwhere::plan {

using kernels::max_rank;

// Sizes of an index space, outermost first.
struct shape {
  int32_t rank = 0;
  int64_t extent[max_rank] = {};
};

std::string describe(const shape& s);
bool operator==(const shape& a, const shape& b);

// The number of elements; throws BW_INVALID_SHAPE naming `what` where it overflows.
int64_t elements_of(const shape& s, const char* what);

// A tensor that has been checked: every size is at least 0, every address that its shape and
// strides reach fits 64 bits, the dtype is supported and data is there if elements are.
struct tensor {
  const char* name = "";  // of the argument, for messages
  unsigned char* data = nullptr;
  dtype type = dtype::f32;
  bw_device device = {BW_CPU, 0};
  struct shape shape;
  int64_t stride_bytes[max_rank] = {};
  int64_t elements = 0;
};

tensor checked(const bw_tensor* from, const char* name);

// A tensor as C describes it.
class c_view {
 public:
  explicit c_view(const tensor& t) {
    for (int d = 0; d < t.shape.rank; ++d) {
      shape_[d] = t.shape.extent[d];
      strides_[d] = t.stride_bytes[d] / bytes_of(t.type);
    }
    c_ = {t.data, t.device, t.shape.rank, to_c(t.type), shape_, strides_, 0};
  }
  c_view(const c_view&) = delete;
  c_view& operator=(const c_view&) = delete;
  const bw_tensor* get() const { return &c_; }

 private:
  int64_t shape_[max_rank] = {};
  int64_t strides_[max_rank] = {};
  bw_tensor c_;
};

// Throws BW_INVALID_DTYPE where the elements are no real floats.
void require_floating(const tensor& t);

// Where a context keeps its memory: what its tensors must lie in.
struct placement {
  bw_device memory = {BW_CPU, 0};
};

// Whether a context of `on` can read and write a tensor there.
bool reachable(const placement& on, bw_device tensor);
std::string describe(bw_device device);

// Throws BW_INVALID_DEVICE where `t` is not in reach of `on`.
void require_reachable(const placement& on, const tensor& t);

}  // namespace bitwhere::plan
