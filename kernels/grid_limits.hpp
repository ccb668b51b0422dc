// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

namespace bitwhere::kernels {

// What a grid and the choice of a kernel depend on.
struct grid_limits {
  int multiprocessors;
  bool f64_adds;  // whether f64 additions are fast enough to sum up with
};

}  // namespace bitwhere::kernels
