// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"

#include <string>
#include <vector>

namespace bitwhere::tool {

/// The texts of the options that weigh classes, before they are checked.
struct weight_texts {
  std::vector<std::string> class_weights;
  std::vector<std::string> foreground;
  std::string foreground_weight;

  [[nodiscard]] bool any() const {
    return !class_weights.empty() || !foreground.empty() || !foreground_weight.empty();
  }
};

/// A weight for each class: as many numbers as there are classes, or one for the foreground and 1
/// for the rest. Empty where nothing is given. Throws usage_error.
std::vector<double> weights_of(const class_list& classes, const weight_texts& given);

}  // namespace bitwhere::tool
