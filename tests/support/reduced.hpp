// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "array.hpp"
#include "judged.hpp"

// What reductions give, by their definitions, one element after another: the oracle. It shares no
// code with the library.
namespace bitwhere::test {

// An element among those of its output, and where it lies.
struct selected {
  std::int64_t index;
  const std::uint8_t* element;
};

// How a reduction finishes.
struct finishing {
  reducer by = reducer::sum;
  dtype of = f32;    // what is reduced
  dtype type = f32;  // of the result
  double denominator_eps = 0;
  empty_mean empty = empty_mean::nan;
  std::int64_t first_index = 0;
};

// The dtype of a result where none is asked for.
dtype usual_type(reducer by, dtype of);

// The bytes of one result.
std::vector<std::uint8_t> reduced_element(const std::vector<selected>& from, const finishing& how);

// Which dimensions are reduced; none named means all.
std::vector<bool> reduced_by(const std::vector<std::int32_t>& dims, std::size_t rank);

// Every choice of dimensions, some of them named from the end.
std::vector<std::vector<std::int32_t>> every_choice(int rank);

// The results of a reduction over the shape that x and the condition have together.
struct reduced {
  shape_t shape;
  std::vector<std::uint8_t> bytes;  // of results in row-major order
  bw_report report = {0, -1};
};

reduced reduced_tensor(const array& x, const judged* where, const std::vector<std::int32_t>& dims,
                       bool keepdim, const finishing& how);

inline constexpr reducer all_reducers[] = {reducer::sum,   reducer::mean, reducer::count,
                                           reducer::min,   reducer::max,  reducer::argmin,
                                           reducer::argmax};
const char* describe(reducer by);

}  // namespace bitwhere::test
