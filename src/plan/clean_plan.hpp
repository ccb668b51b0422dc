// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../../kernels/clean/clean_args.hpp"
#include "tensor.hpp"
#include "where_plan.hpp"

namespace bitwhere::plan {

struct clean_plan {
  kernels::clean_args args = {};
  kernels::replaced* replaced = nullptr;
  bool accumulate = false;
  bool copies = false;  // bool and integers: there is nothing to replace
  where_plan copy;
  int64_t bytes = 0;  // read and written
};

// Throws as bw_nan_to_num.
clean_plan plan_clean(const placement& on, const bw_tensor* x, const bw_nan_to_num_options* options,
                      const bw_tensor* out, bw_replaced* replaced);

}  // namespace bitwhere::plan
