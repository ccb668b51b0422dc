// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../elementwise/elementwise_cpu.hpp"
#include "../exact_sum/f64_sum_cpu.hpp"
#include "../metrics/label_formula.hpp"
#include "../reduce/reduce_terms_cpu.hpp"
#include "loss_formula.hpp"

// The terms of losses in f32 or f64: how operands become them, and what becomes of them.
namespace bitwhere::kernels {
namespace {

template <class C>
struct loss_terms_of;
template <>
struct loss_terms_of<float> {
  using sum = f32_sum;
  using accumulator = f32_accumulator;
  static constexpr dtype type = dtype::f32;
  static constexpr int64_t most = f32_tile;
  static BITWHERE_FN void add(const float* p, int64_t n, accumulator& to) {
    add_terms(p, n, to, nullptr, false);
  }
};
template <>
struct loss_terms_of<double> {
  using sum = f64_sum;
  using accumulator = f64_accumulator;
  static constexpr dtype type = dtype::f64;
  static constexpr int64_t most = f64_tile;
  static BITWHERE_FN void add(const double* p, int64_t n, accumulator& to) { add_terms(p, n, to); }
};

inline constexpr int64_t most_loss_terms = f32_tile;

BITWHERE_FN void note_bad_bits(uint64_t bits, int64_t first, report& bad) {
  merge(bad, report{__builtin_popcountll(bits), first + __builtin_ctzll(bits)});
}

// How an operand is read as C.
template <class C>
class loss_operand {
 public:
  explicit loss_operand(const operand& from)
      : from_(from), code_(source_of(from, loss_terms_of<C>::type)) {}

  BITWHERE_FN const C* row(const space& s, const tile& t, scratch& packed, scratch& converted) {
    const strip raw = fetch_as(s, from_, code_, t, packed, converted);
    if (!raw.splat && reinterpret_cast<uintptr_t>(raw.p) % sizeof(C) == 0) {
      return reinterpret_cast<const C*>(raw.p);
    }
    if (raw.splat) {
      const C one = load<C>(raw.p);
      for (int64_t i = 0; i < t.columns; ++i) room_[i] = one;
    } else {
      memcpy(room_, raw.p, static_cast<size_t>(t.columns) * sizeof(C));
    }
    return room_;
  }

 private:
  const operand& from_;
  source_code code_;
  alignas(64) C room_[loss_terms_of<C>::most];
};

template <class T>
void finish_loss_row(const uint64_t* valid, const unsigned char* terms, unsigned char* to,
                     int64_t elements) {
  const unsigned char zero[8] = {};
  finish_row<T>(valid, terms, zero, to, elements);
}

using finish_loss_function = void (*)(const uint64_t*, const unsigned char*, unsigned char*,
                                      int64_t);

finish_loss_function finish_loss_code_of(dtype type) {
  switch (type) {
    case dtype::f16:
      return finish_loss_row<half_bits>;
    case dtype::bf16:
      return finish_loss_row<bfloat_bits>;
    case dtype::f32:
      return finish_loss_row<float>;
    default:
      return finish_loss_row<double>;
  }
}

}  // namespace
}  // namespace bitwhere::kernels
