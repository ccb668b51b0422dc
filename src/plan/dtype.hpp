// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include <cstdint>
#include <optional>
#include <string>

#include "../../kernels/lane/dtype.hpp"

namespace bitwhere::plan {

using kernels::dtype;
using kernels::is_complex;

inline constexpr int dtype_count = 12;

std::optional<dtype> dtype_from(bw_dtype c);
bw_dtype to_c(dtype type);
constexpr int64_t bytes_of(dtype type) { return kernels::element_bytes(type); }
const char* name_of(dtype type);
// Any C dtype in words, supported or not, for messages.
std::string describe(bw_dtype c);

bool is_integer(dtype type);   // without bool
bool is_floating(dtype type);  // without complex

}  // namespace bitwhere::plan
