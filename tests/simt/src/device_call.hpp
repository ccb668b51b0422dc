// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "launch_run.hpp"

namespace simt {

/// The launch that runs; a device function called from host code throws std::logic_error instead.
launch_run& device_call(const char* function);

}  // namespace simt
