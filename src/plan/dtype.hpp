// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include <cstdint>
#include <optional>
#include <string>

namespace bitwhere::plan {

enum class dtype : uint8_t { boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64, c64, c128 };

inline constexpr int dtype_count = 12;

std::optional<dtype> dtype_from(bw_dtype c);
bw_dtype to_c(dtype type);
int64_t bytes_of(dtype type);
const char* name_of(dtype type);
// Any C dtype in words, supported or not, for messages.
std::string describe(bw_dtype c);

bool is_integer(dtype type);   // without bool
bool is_floating(dtype type);  // without complex
bool is_complex(dtype type);

}  // namespace bitwhere::plan
