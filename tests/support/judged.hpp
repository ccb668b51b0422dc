// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <functional>
#include <memory>

#include "array.hpp"
#include "random.hpp"
#include "reference.hpp"

// Conditions beside what they mean: the oracle of trees, one element after another.
namespace bitwhere::test {

// An array, and where the library finds it.
struct seen {
  const array* values;
  tensor_view view;
};

struct judged {
  condition asked;
  shape_t shape;                              // broadcast over its leaves
  std::function<bool(const shape_t&)> truth;  // of an index of a shape that `shape` broadcasts to
};

// right-aligned, sizes equal or 1.
shape_t broadcast(const shape_t& a, const shape_t& b);

judged truth_of(const seen& mask);
// BW_ISNAN, BW_ISINF, BW_ISFINITE, BW_NONZERO.
judged test_of(const seen& values, bw_predicate test);
judged comparison_of(const seen& values, const compared& with);
judged comparison_of(const seen& left, const seen& right, bw_predicate comparison);

judged both_of(const judged& a, const judged& b);
judged either_of(const judged& a, const judged& b);
judged negation_of(const judged& a);

// The stored condition over `shape`, as bytes 0 and 1 in row-major order.
std::vector<std::uint8_t> truths(const judged& condition, const shape_t& shape);

// Arrays and where they lie, kept while conditions borrow them; and random conditions of them.
class condition_maker {
 public:
  condition_maker(const context& on, random_integers& random) : on_(on), random_(random) {}

  // A new array on the device; one of rank 0 may stay on the host.
  seen make(dtype type, const shape_t& shape, layout chosen);
  // The same of an array that is there.
  seen take(array values);
  // One leaf over a shape that broadcasts to `shape`, of a tensor seen before or of a new one.
  judged leaf(const shape_t& shape);
  // A random tree of so many leaves.
  judged tree(const shape_t& shape, int leaves);

 private:
  const seen& some_tensor(const shape_t& shape);
  judged leaf_of(const seen& values, const shape_t& shape);

  const context& on_;
  random_integers& random_;
  std::vector<std::unique_ptr<array>> arrays_;
  std::vector<std::unique_ptr<placed>> places_;
  std::vector<seen> tensors_;
};

}  // namespace bitwhere::test
