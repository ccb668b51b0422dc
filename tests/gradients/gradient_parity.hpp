// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

#include "../support/backends.hpp"
#include "../support/judged.hpp"
#include "../support/promotion_table.hpp"
#include "gathered.hpp"

namespace bitwhere::test {

inline constexpr dtype all_floats[] = {f16, bf16, f32, f64};

// A backend, and inputs drawn at random from one seed.
class gradient_parity : public parity {
 protected:
  explicit gradient_parity(std::uint64_t seed) : random(seed) {}

  dtype any_float() { return all_floats[random.below(4)]; }
  layout any_layout() { return all_layouts[random.below(7)]; }
  layout distinct_layout() { return distinct_layouts[random.below(5)]; }

  random_integers random;
  condition_maker maker{on(), random};
};

}  // namespace bitwhere::test
