// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../plan/binary_loss_plan.hpp"
#include "../../plan/class_loss_plan.hpp"
#include "../../plan/loss_options.hpp"
#include "reduction.hpp"

// How the elements of a loss are shared out among threads.
namespace bitwhere::device {

// They write the result, the counts and the report of a plan. They return the number of workers.
int binary_loss(const reduction_means& with, const plan::binary_loss_plan& plan);
int class_loss(const reduction_means& with, const plan::class_loss_plan& plan);

void finish_loss(const plan::finish_loss_plan& plan);

}  // namespace bitwhere::device
