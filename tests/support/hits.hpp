// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <optional>

#include "array.hpp"
#include "judged.hpp"

// Where conditions hold, and what nonzero and masked_select store of it: their naive oracle.
namespace bitwhere::test {

struct hits {
  shape_t shape;
  std::vector<std::int64_t> flat;  // row-major indices of `shape`, ascending

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(flat.size()); }
  // The index of a hit, dimension by dimension.
  [[nodiscard]] shape_t index(std::size_t hit) const;
  [[nodiscard]] std::int64_t coordinate(std::size_t hit, std::size_t dimension) const;
};

// Over the condition's own shape, or over one that it broadcasts to.
hits hits_of(const judged& condition);
hits hits_of(const judged& condition, const shape_t& shape);
// Of a byte an element.
hits hits_of(const std::vector<std::uint8_t>& truths, const shape_t& shape);

// The shape of an output that has room for `n` hits of a condition of this rank.
shape_t room_for(index_form form, std::int64_t n, std::size_t rank);

// The buffer of `out` after its indices were stored; the rest is filled, or left as it is.
std::vector<std::uint8_t> after_nonzero(const hits& found, index_form form, const array& out,
                                        std::optional<std::int64_t> fill);

// The same of the values of x, which broadcasts to the shape of the hits; `fill` is an element.
std::vector<std::uint8_t> after_select(const hits& found, const array& x, const array& out,
                                       const std::optional<std::vector<std::uint8_t>>& fill);

// How often something holds, element by element or in runs of some hundreds.
struct density {
  double share;
  bool in_runs;
};

inline constexpr density densities[] = {{0, false},   {0.001, false}, {0.001, true},
                                        {0.01, true}, {0.1, false},   {0.5, false},
                                        {0.5, true},  {0.99, true},   {1, false}};

std::vector<std::uint8_t> draw_truths(std::int64_t n, const density& how, random_integers& random);

// An array that is not zero exactly where `truths`, a byte an element in row-major order, is 1: any
// bit but a sign is set there, and elsewhere none but a sign. The layout is one of
// distinct_layouts.
array make_truths(dtype type, const shape_t& shape, layout chosen,
                  const std::vector<std::uint8_t>& truths, random_integers& random);

}  // namespace bitwhere::test
