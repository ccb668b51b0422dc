// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "class_loss_args.hpp"
#include "loss_gradient_formula.hpp"
#include "loss_terms_cpu.hpp"

namespace bitwhere::kernels {
namespace {

// Brings gradients, computed as C, to where they lie.
template <class C>
class gradient_output {
 public:
  gradient_output(const space& s, const loss_gradient_args& args, dtype type)
      : s_(s), args_(args), size_(element_bytes(type)) {
    if (!args.wanted) return;
    finish_ = finish_loss_code_of(type);
    unpack_ = unpack_code_of(size_);
  }

  // A row of a tile, `offset` bytes on; +0 where `bits` says no.
  BITWHERE_FN void row(const tile& t, int64_t offset, const uint64_t* bits, const C* values) {
    output to = args_.to;
    to.data += offset;
    const auto* const from = reinterpret_cast<const unsigned char*>(values);
    if (to.reach == access::direct) {
      finish_(bits, from, to.data + offset_of(s_, to.stride_bytes, t.at), t.columns);
      return;
    }
    finish_(bits, from, room_.bytes, t.columns);
    unpack_(s_, to, t, room_.bytes);
  }

  // Up to a tile of classes of a pixel, `offset` bytes on; +0 unless it `counts`.
  BITWHERE_FN void classes(int64_t offset, bool counts, const C* values, int64_t n) {
    uint64_t bits[class_tile / 64];
    for (int64_t w = 0; w < words_of(n); ++w) bits[w] = counts ? ~uint64_t{0} : 0;
    const auto* const from = reinterpret_cast<const unsigned char*>(values);
    unsigned char* to = args_.to.data + offset;
    if (classes_side_by_side()) {
      finish_(bits, from, to, n);
      return;
    }
    finish_(bits, from, room_.bytes, n);
    for (int64_t c = 0; c < n; ++c, to += args_.class_stride_bytes) {
      memcpy(to, room_.bytes + c * size_, static_cast<size_t>(size_));
    }
  }

  BITWHERE_FN bool classes_side_by_side() const { return args_.class_stride_bytes == size_; }

 private:
  const space& s_;
  const loss_gradient_args& args_;
  int64_t size_;
  finish_loss_function finish_ = nullptr;
  unpack_function unpack_ = nullptr;
  scratch room_;
};

}  // namespace
}  // namespace bitwhere::kernels
