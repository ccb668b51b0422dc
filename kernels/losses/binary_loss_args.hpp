// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_args.hpp"
#include "../metrics/label_args.hpp"
#include "loss_args.hpp"

namespace bitwhere::kernels {

// Mirrors bw_binary_loss_kind.
enum class binary_loss : int32_t {
  clamp = 0,
  eps = 1,
  logits = 2,
  focal = 3,
  dice = 4,
  dice_squared = 5
};

BITWHERE_FN constexpr bool is_dice(binary_loss of) { return of >= binary_loss::dice; }
BITWHERE_FN constexpr bool of_probabilities(binary_loss of) {
  return of <= binary_loss::eps || is_dice(of);
}

struct binary_loss_args {
  space s;                      // in logical order: reports name elements
  condition_program condition;  // mask and ignored targets
  bool conditional;             // false: every element
  binary_loss of;
  bool weighted;
  bool positives_weighted;
  bool balanced;  // alpha counts
  operand x;
  operand target;
  operand weight;
  operand pos_weight;
  double eps;
  double alpha;
  double gamma;
  int64_t first_element;
  loss_finish_args finish;
  loss_gradient_args gradient;
};

}  // namespace bitwhere::kernels
