// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../metrics/label_args.hpp"
#include "loss_args.hpp"

namespace bitwhere::kernels {

// Mirrors bw_class_loss_kind.
enum class class_loss : int32_t { cross_entropy = 0, nll = 1 };

// The sums over classes are made of tiles, and of the tiles' sums: numbers of classes up to the
// product, in an order that the classes' indices fix.
inline constexpr int64_t class_tile = 1024;
inline constexpr int64_t class_lanes = 128;
inline constexpr int64_t max_loss_classes = class_tile * class_lanes;

// One number a class.
struct class_numbers {
  const unsigned char* data;
  dtype type;
  int64_t stride_bytes;
};

struct class_loss_args {
  space s;                      // of pixels, in logical order: reports name elements
  condition_program condition;  // the mask
  bool conditional;             // false: every pixel
  class_loss of;
  class_scores x;  // logits, or log-probabilities
  bool by_labels;
  labels target;               // where by_labels
  ignore_list ignore;          // likewise
  class_scores probabilities;  // unless by_labels
  bool class_weighted;
  class_numbers class_weight;
  bool weighted;
  operand weight;  // of pixels
  double smoothing;
  bool counts;  // confusion cells or agreement are asked for
  int64_t first_element;
  loss_finish_args finish;
  loss_gradient_args gradient;
};

// Whether a loss takes a sum over the classes of products: the row's maximum and sum come first.
BITWHERE_FN constexpr bool sums_products(const class_loss_args& args) {
  return !args.by_labels || args.smoothing != 0;
}

}  // namespace bitwhere::kernels
