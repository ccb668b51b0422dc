// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../tile/output_cpu.hpp"
#include "class_loss_args.hpp"
#include "loss_gradient_formula.hpp"
#include "loss_terms_cpu.hpp"

namespace bitwhere::kernels {
namespace {

// Brings gradients, computed as C, to where they lie: around the cache where they are more than it
// holds, and not over x, whose lines are there anyway.
template <class C>
class gradient_output {
 public:
  // Of `elements` in all, of x at `x`.
  gradient_output(const space& s, const loss_gradient_args& args, dtype type, int64_t elements,
                  const unsigned char* x)
      : s_(s),
        args_(args),
        size_(element_bytes(type)),
        streams_(args.wanted && elements * size_ >= tuning::cpu_stream_bytes && args.to.data != x) {
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
      store(bits, from, to.data + offset_of(s_, to.stride_bytes, t.at), t.columns);
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
      store(bits, from, to, n);
      return;
    }
    finish_(bits, from, room_.bytes, n);
    for (int64_t c = 0; c < n; ++c, to += args_.class_stride_bytes) {
      memcpy(to, room_.bytes + c * size_, static_cast<size_t>(size_));
    }
  }

  BITWHERE_FN bool classes_side_by_side() const { return args_.class_stride_bytes == size_; }

  // After the last one.
  BITWHERE_FN void end() const {
    if (streams_) hwy::FlushStream();
  }

 private:
  // Side by side.
  BITWHERE_FN void store(const uint64_t* bits, const unsigned char* from, unsigned char* to,
                         int64_t n) {
    // Whole lines alone: what shares one with its neighbour goes through the cache.
    if (!streams_ ||
        (reinterpret_cast<uintptr_t>(to) | static_cast<uintptr_t>(n * size_)) % 64 != 0) {
      finish_(bits, from, to, n);
      return;
    }
    finish_(bits, from, room_.bytes, n);
    stream_row(room_.bytes, to, n * size_);
  }

  const space& s_;
  const loss_gradient_args& args_;
  int64_t size_;
  bool streams_;
  finish_loss_function finish_ = nullptr;
  unpack_function unpack_ = nullptr;
  scratch room_;
};

}  // namespace
}  // namespace bitwhere::kernels
