// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../plan/loss_plan.hpp"
#include "reduction.hpp"

// How the elements of a loss are shared out among threads.
namespace bitwhere::device {

// Writes the result and the report of a plan. Returns the number of workers.
int binary_loss(const reduction_means& with, const plan::binary_loss_plan& plan);

}  // namespace bitwhere::device
