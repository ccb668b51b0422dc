// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <memory>
#include <string>

#include "../device.hpp"

namespace bitwhere::device {

// `isa` empty: the best here. `threads` 0: one a core.
std::unique_ptr<device> make_cpu_device(const std::string& isa, int threads,
                                        const settings& chosen);

}  // namespace bitwhere::device
