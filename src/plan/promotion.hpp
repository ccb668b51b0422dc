// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include <cstddef>
#include <optional>

#include "tensor.hpp"

namespace bitwhere::plan {

// What an operand counts for in promotion; weaker ones follow.
enum class standing { tensor, zero_dimensional, scalar };

struct typed {
  dtype type;
  standing stands;
};

typed typed_of(const tensor& t);
typed typed_of(const bw_scalar& s);

// The dtype that two of one standing promote to.
dtype promote_types(dtype a, dtype b);

// torch's rule in three classes. Throws BW_INVALID_DTYPE where it leads to complex32.
dtype result_type(const typed* operands, size_t count);

// The same of what a C caller describes. Throws as bw_result_type.
dtype result_type(const bw_typed* operands, size_t count);

}  // namespace bitwhere::plan
