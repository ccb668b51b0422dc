// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <vector>

#include "tensor.hpp"

namespace bitwhere::plan {

// Throws BW_OVERLAP where two indices of the output may name one element.
void require_distinct_elements(const tensor& out);

// Throws BW_OVERLAP where the output shares memory with an input other than element by element:
// both at the same address with the same strides in the index space `common`.
void require_aligned_or_apart(const tensor& out, const tensor& in, const shape& common);

// Throws BW_OVERLAP where the output and an input share any memory.
void require_apart(const tensor& out, const tensor& in);
void require_apart(const tensor& out, const std::vector<tensor>& in);

}  // namespace bitwhere::plan
