// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "stage.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitwhere::tool {

/// How much of the corpus to run. Each holds the ones before it, but the last, which has rows of
/// its own: every input of the functions of one f32.
enum class subset { quick, standard, full, exhaustive };

/// Draws the inputs of a row. The seed is FNV-1a of the row's and the input's names, "ROW#INPUT",
/// so that no row depends on another one, and no input on another one.
class inputs {
 public:
  explicit inputs(std::string row) : row_(std::move(row)) {}

  [[nodiscard]] source tensor(std::string_view name, dtype type, const shape_t& shape,
                              layout lies = layout::dense) const;
  /// Finite elements, whose exponents span a spread.
  [[nodiscard]] source finite(std::string_view name, dtype type, const shape_t& shape, layout lies,
                              std::uint64_t spread) const;
  /// What a loss is of: numbers up to 16, or `awkward` ones, which leave few losses that are
  /// numbers.
  [[nodiscard]] source operand(std::string_view name, dtype type, const shape_t& shape, layout lies,
                               bool awkward) const {
    return awkward ? tensor(name, type, shape, lies) : finite(name, type, shape, lies, 6);
  }
  [[nodiscard]] source labels(std::string_view name, dtype type, const shape_t& shape, layout lies,
                              const label_mix& mix) const;

 private:
  [[nodiscard]] number_source numbers(std::string_view name) const;

  std::string row_;
};

/// Runs an operation on a backend and keeps its results.
using experiment = std::function<void(stage&)>;

/// A line of the corpus. Names are operation/dtype/layout/option/size.
struct row {
  std::string name;
  subset first = subset::full;  ///< the smallest subset it is part of
  std::function<experiment(const inputs&)> prepare;

  /// The operation that the trace must show.
  [[nodiscard]] std::string operation() const { return name.substr(0, name.find('/')); }
};

/// "i64", "bf16", "bool".
std::string name_of(dtype type);
/// "3x5x130"; "0d" for rank 0.
std::string name_of(const shape_t& shape);

inline constexpr dtype all_dtypes[] = {boolean, u8,   i8,  i16, i32, i64,
                                       f16,     bf16, f32, f64, c64, c128};
inline constexpr dtype real_dtypes[] = {boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64};
inline constexpr dtype float_dtypes[] = {f16, bf16, f32, f64, c64, c128};
inline constexpr dtype label_dtypes[] = {u8, i8, i16, i32, i64};

}  // namespace bitwhere::tool
