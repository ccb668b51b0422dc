// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.hpp>
#include <optional>
#include <string>
#include <vector>

// The promotion of dtypes as torch documents and measures it: a table that is written out, and the
// rule for classes of operands. It shares no code with the library.
namespace bitwhere::test {

inline constexpr dtype all_dtypes[] = {u8,   i8,  i16, i32, i64,  f16,
                                       bf16, f32, f64, c64, c128, boolean};
inline constexpr dtype real_dtypes[] = {u8, i8, i16, i32, i64, f16, bf16, f32, f64, boolean};

// "f32", "boolean" as "bool": what a failing test calls a dtype.
std::string describe(dtype type);

inline bool is_complex(dtype type) { return type.code == BW_COMPLEX; }
inline bool is_float(dtype type) { return type.code == BW_FLOAT || type.code == BW_BFLOAT; }
inline bool is_whole(dtype type) { return !is_complex(type) && !is_float(type); }

// Two dtypes of one class, from the table.
dtype promoted(dtype a, dtype b);

// Operands of three classes; none where f16 meets a complex number of a weaker class, for which
// there is no dtype here.
std::optional<dtype> promoted(const std::vector<bw_typed>& operands);

inline bw_typed strong(dtype type) { return {type, BW_STANDING_TENSOR}; }
inline bw_typed zero_dimensional(dtype type) { return {type, BW_STANDING_0D}; }
inline bw_typed of_scalar(dtype type) { return {type, BW_STANDING_SCALAR}; }

}  // namespace bitwhere::test
