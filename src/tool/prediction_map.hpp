// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "label_map.hpp"
#include "score_map.hpp"

#include <cstdint>
#include <variant>

namespace bitwhere::tool {

/// What is measured: labels, or scores whose largest is the label.
using prediction_map = std::variant<label_map, score_map>;

inline std::int64_t height_of(const prediction_map& map) {
  return std::visit([](const auto& one) { return one.height; }, map);
}

inline std::int64_t width_of(const prediction_map& map) {
  return std::visit([](const auto& one) { return one.width; }, map);
}

inline tensor_view view_of(const prediction_map& map) {
  return std::visit([](const auto& one) { return one.view(); }, map);
}

}  // namespace bitwhere::tool
