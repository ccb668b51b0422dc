// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/function.hpp"
#include "label_args.hpp"

// What a pixel means, in any lane of integers. A label becomes a code: its class, `code_bad` or,
// for targets, `code_ignored`; codes are narrow whatever the dtype of the labels.
namespace bitwhere::kernels {

inline constexpr int32_t code_bad = -1;
inline constexpr int32_t code_ignored = -2;

// Bytes of one label.
BITWHERE_FN int64_t label_bytes(label_kind kind) {
  switch (kind) {
    case label_kind::u8:
    case label_kind::i8:
      return 1;
    case label_kind::i16:
      return 2;
    case label_kind::i32:
      return 4;
    default:
      return 8;
  }
}

template <class L, class V>
BITWHERE_FN V class_code(V label, V classes) {
  const V zero = L::fill(label, 0);
  const auto inside = L::both(L::less_equal(zero, label), L::less(label, classes));
  return L::select(inside, label, L::fill(label, code_bad));
}

// ignore is compared before the range.
template <class L, class V>
BITWHERE_FN V target_code(V label, V classes, const ignore_list& ignore) {
  V code = class_code<L>(label, classes);
  for (int k = 0; k < ignore.count; ++k) {
    const auto ignored = L::equal(label, L::fill(label, ignore.value[k]));
    code = L::select(ignored, L::fill(label, code_ignored), code);
  }
  return code;
}

// The cell of the row-major matrix, or `nowhere` for pixels that are counted in none.
template <class L, class V>
BITWHERE_FN V confusion_cell(V target, V prediction, V classes, V nowhere) {
  const V zero = L::fill(target, 0);
  const auto counted = L::both(L::less_equal(zero, target), L::less_equal(zero, prediction));
  return L::select(counted, L::add(L::multiply(target, classes), prediction), nowhere);
}

// A target that is no class, or a prediction that is none where the target counts.
template <class L, class V>
BITWHERE_FN auto bad_pixel(V target, V prediction) {
  const V bad = L::fill(target, code_bad);
  const V ignored = L::fill(target, code_ignored);
  return L::both(L::negate(L::equal(target, ignored)),
                 L::either(L::equal(target, bad), L::equal(prediction, bad)));
}

// Whether a later score takes the place of the best so far: the first of equal ones stays, NaN is
// larger than every number and the first NaN stays.
template <class L, class V>
BITWHERE_FN auto better(V later, V best) {
  return L::both(L::negate(L::less_equal(later, best)), L::equal(best, best));
}

BITWHERE_FN void merge(report& into, const report& more) {
  into.count += more.count;
  if (static_cast<uint64_t>(more.first_index) < static_cast<uint64_t>(into.first_index)) {
    into.first_index = more.first_index;
  }
}

// Modulo 2^64, as counts are.
BITWHERE_FN int64_t plus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

BITWHERE_FN int64_t times(int64_t count, int64_t weight) {
  return static_cast<int64_t>(static_cast<uint64_t>(count) * static_cast<uint64_t>(weight));
}

}  // namespace bitwhere::kernels
