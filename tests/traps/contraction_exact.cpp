// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "contraction_probe.hpp"

namespace bitwhere::traps {

const contraction_probe exact_probe = this_probe;

}  // namespace bitwhere::traps
