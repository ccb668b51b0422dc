// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <span>
#include <string>

#include "../../../kernels/isa/table.hpp"

namespace bitwhere::device {

// An instruction set that was compiled in.
struct isa {
  const kernels::cpu_kernels* kernels;
  bool available;  // this CPU and its operating system have every feature the unit was built for
};

// Best first; the last is scalar, which is always available.
std::span<const isa> isas();

// The one named, or the best where `name` is empty. Throws BW_UNAVAILABLE for a name that is
// unknown or not available here.
const kernels::cpu_kernels& choose_isa(const std::string& name);

}  // namespace bitwhere::device
