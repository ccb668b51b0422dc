// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/class_losses.hpp>
#include <bitwhere/losses.hpp>

#include <cstddef>
#include <cstdint>

#include "corpus.hpp"

// What the rows of losses and those of their gradients have in common.
namespace bitwhere::tool {

using binary_loss = tensor (*)(const context&, const tensor_view&, const tensor_view&,
                               const binary_loss_options&, bw_report*);

struct named_loss {
  const char* name;
  binary_loss compute;
  bool of_probabilities;
  bool of_all = false;  // elements have no terms of their own
};

/// The losses of elements, each of which has a term of its own.
inline constexpr named_loss element_losses[] = {
    {"binary_cross_entropy", binary_cross_entropy, true},
    {"binary_cross_entropy_eps", binary_cross_entropy_eps, true},
    {"binary_cross_entropy_with_logits", binary_cross_entropy_with_logits, false},
    {"sigmoid_focal_loss", sigmoid_focal_loss, false}};

inline constexpr named_loss dice = {"soft_dice_loss", soft_dice_loss, true, true};

/// Where the classes lie among the other dimensions.
struct classes_at {
  const char* name;
  shape_t scores;
  std::int32_t dim;

  [[nodiscard]] std::int64_t classes() const { return scores[static_cast<std::size_t>(dim)]; }
  [[nodiscard]] shape_t pixels() const {
    shape_t out = scores;
    out.erase(out.begin() + dim);
    return out;
  }
};

}  // namespace bitwhere::tool
