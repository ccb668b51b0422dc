// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

namespace bitwhere::kernels {

// What the size of a grid depends on.
struct grid_limits {
  int multiprocessors;
};

}  // namespace bitwhere::kernels
