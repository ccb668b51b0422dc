// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "operations.hpp"

static_assert(HWY_STATIC_TARGET == HWY_NEON, "the flags of this unit do not give its ISA");

namespace bitwhere::kernels {

constinit const cpu_kernels neon_kernels = operations("neon");

}  // namespace bitwhere::kernels
