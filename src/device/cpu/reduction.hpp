// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <functional>

#include "../../plan/reduce_plan.hpp"
#include "isa.hpp"
#include "threads.hpp"

// How a reduction is shared out among threads.
namespace bitwhere::device {

// What a reduction works with; `workspace` gives memory for the time of the call.
struct reduction_means {
  const kernels::cpu_kernels& kernels;
  thread_team& team;
  std::function<void*(size_t)> workspace;
};

// Writes the results, or the partials, of a plan. Returns the number of workers.
int reduce(const reduction_means& with, const plan::reduce_plan& plan);

int merge(const reduction_means& with, const plan::merge_plan& plan);

int finish(const reduction_means& with, const plan::finish_plan& plan);

}  // namespace bitwhere::device
