// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "promotion_table.hpp"

#include <stdexcept>

namespace bitwhere::test {
namespace {

constexpr const char* names[] = {"u8",   "i8",  "i16", "i32", "i64",  "f16",
                                 "bf16", "f32", "f64", "c64", "c128", "bool"};

// Rows and columns in the order of all_dtypes.
constexpr const char* table[12][12] = {
    {"u8", "i16", "i16", "i32", "i64", "f16", "bf16", "f32", "f64", "c64", "c128", "u8"},
    {"i16", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64", "c64", "c128", "i8"},
    {"i16", "i16", "i16", "i32", "i64", "f16", "bf16", "f32", "f64", "c64", "c128", "i16"},
    {"i32", "i32", "i32", "i32", "i64", "f16", "bf16", "f32", "f64", "c64", "c128", "i32"},
    {"i64", "i64", "i64", "i64", "i64", "f16", "bf16", "f32", "f64", "c64", "c128", "i64"},
    {"f16", "f16", "f16", "f16", "f16", "f16", "f32", "f32", "f64", "c64", "c128", "f16"},
    {"bf16", "bf16", "bf16", "bf16", "bf16", "f32", "bf16", "f32", "f64", "c64", "c128", "bf16"},
    {"f32", "f32", "f32", "f32", "f32", "f32", "f32", "f32", "f64", "c64", "c128", "f32"},
    {"f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", "c128", "c128", "f64"},
    {"c64", "c64", "c64", "c64", "c64", "c64", "c64", "c64", "c128", "c64", "c128", "c64"},
    {"c128", "c128", "c128", "c128", "c128", "c128", "c128", "c128", "c128", "c128", "c128",
     "c128"},
    {"u8", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64", "c64", "c128", "bool"},
};

std::size_t place_of(dtype type) {
  for (std::size_t k = 0; k < std::size(all_dtypes); ++k) {
    if (all_dtypes[k] == type) return k;
  }
  throw std::logic_error("no dtype of bitwhere");
}

dtype named(const std::string& name) {
  for (std::size_t k = 0; k < std::size(names); ++k) {
    if (name == names[k]) return all_dtypes[k];
  }
  throw std::logic_error("no such name in the table");
}

// A class that is empty, or that has no dtype.
struct standing_class {
  std::optional<dtype> type = std::nullopt;
  bool none = false;
};

standing_class combine(const standing_class& high, const standing_class& low) {
  if (!high.type) return low;
  // `none` stands for complex32: refused as a result, a complex number to what is stronger.
  if ((!low.type && !low.none) || is_complex(*high.type)) return high;
  if (is_float(*high.type)) {
    if (!low.none && !is_complex(*low.type)) return high;
    if (*high.type == f16) return {std::nullopt, true};
    return {*high.type == f64 ? c128 : c64};
  }
  if (low.none) return low;
  if (*high.type == boolean || !is_whole(*low.type)) return {promoted(*high.type, *low.type)};
  return high;
}

}  // namespace

std::string describe(dtype type) { return names[place_of(type)]; }

dtype promoted(dtype a, dtype b) { return named(table[place_of(a)][place_of(b)]); }

std::optional<dtype> promoted(const std::vector<bw_typed>& operands) {
  standing_class of[3];
  for (const bw_typed& operand : operands) {
    std::optional<dtype>& type = of[operand.standing].type;
    type = type ? promoted(*type, operand.dtype) : dtype(operand.dtype);
  }
  return combine(of[0], combine(of[1], of[2])).type;
}

}  // namespace bitwhere::test
