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

}  // namespace bitwhere::kernels
