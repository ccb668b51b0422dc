// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "dtype.hpp"

namespace bitwhere::plan {
namespace {

struct row {
  dtype type;
  uint8_t code;
  uint8_t bits;
  const char* name;
};

constexpr row rows[dtype_count] = {
    {dtype::boolean, BW_BOOL, 8, "bool"}, {dtype::u8, BW_UINT, 8, "u8"},
    {dtype::i8, BW_INT, 8, "i8"},         {dtype::i16, BW_INT, 16, "i16"},
    {dtype::i32, BW_INT, 32, "i32"},      {dtype::i64, BW_INT, 64, "i64"},
    {dtype::f16, BW_FLOAT, 16, "f16"},    {dtype::bf16, BW_BFLOAT, 16, "bf16"},
    {dtype::f32, BW_FLOAT, 32, "f32"},    {dtype::f64, BW_FLOAT, 64, "f64"},
    {dtype::c64, BW_COMPLEX, 64, "c64"},  {dtype::c128, BW_COMPLEX, 128, "c128"},
};

const row& row_of(dtype type) { return rows[static_cast<int>(type)]; }

}  // namespace

std::optional<dtype> dtype_from(bw_dtype c) {
  if (c.lanes != 1) return std::nullopt;
  for (const row& r : rows) {
    if (r.code == c.code && r.bits == c.bits) return r.type;
  }
  return std::nullopt;
}

bw_dtype to_c(dtype type) { return {row_of(type).code, row_of(type).bits, 1}; }

const char* name_of(dtype type) { return row_of(type).name; }

std::string describe(bw_dtype c) {
  if (const auto type = dtype_from(c)) return name_of(*type);
  return "dtype(code " + std::to_string(c.code) + ", " + std::to_string(c.bits) + " bits, " +
         std::to_string(c.lanes) + " lanes)";
}

bool is_integer(dtype type) { return type >= dtype::u8 && type <= dtype::i64; }
bool is_floating(dtype type) { return type >= dtype::f16 && type <= dtype::f64; }

}  // namespace bitwhere::plan
