// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "judged.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "conversion.hpp"
#include "promotion_table.hpp"

namespace bitwhere::test {
namespace {

constexpr bw_predicate comparisons[] = {BW_LT, BW_LE, BW_GT, BW_GE, BW_EQ, BW_NE};
constexpr bw_predicate tests[] = {BW_ISNAN, BW_ISINF, BW_ISFINITE, BW_NONZERO};

bw_standing standing_of(const seen& tensor) {
  return tensor.values->shape.empty() ? BW_STANDING_0D : BW_STANDING_TENSOR;
}

number number_as(dtype type, const seen& tensor, const shape_t& index) {
  const auto bytes = converted(tensor.values->type, tensor.values->element(index), type);
  return number_of(type, bytes.data());
}

shape_t broadcastable(const shape_t& shape, random_integers& random) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  shape_t own(shape.begin() + (random.below(3) == 0 ? random.below(rank + 1) : 0), shape.end());
  for (std::int64_t& size : own) {
    if (random.below(4) == 0) size = 1;
  }
  return own;
}

}  // namespace

shape_t broadcast(const shape_t& a, const shape_t& b) {
  if (a.size() < b.size()) return broadcast(b, a);
  shape_t out = a;
  for (std::size_t k = 0; k < b.size(); ++k) {
    std::int64_t& size = out[out.size() - 1 - k];
    const std::int64_t other = b[b.size() - 1 - k];
    if (size != other && size != 1 && other != 1) throw std::logic_error("shapes do not broadcast");
    if (size == 1) size = other;
  }
  return out;
}

judged truth_of(const seen& mask) {
  return {mask.view, mask.values->shape, [mask](const shape_t& index) {
            return holds(mask.values->type, mask.values->element(index));
          }};
}

judged test_of(const seen& values, bw_predicate test) {
  return {condition(test, values.view), values.values->shape, [values, test](const shape_t& index) {
            return passes(values.values->type, values.values->element(index), test);
          }};
}

judged comparison_of(const seen& values, const compared& with) {
  const scalar s = with.is_float ? scalar(with.real) : scalar(with.integer);
  return {condition(with.comparison, values.view, s), values.values->shape,
          [values, with](const shape_t& index) {
            return holds(values.values->type, values.values->element(index), with);
          }};
}

judged comparison_of(const seen& left, const seen& right, bw_predicate comparison) {
  const std::optional<dtype> type =
      promoted({{left.values->type, standing_of(left)}, {right.values->type, standing_of(right)}});
  return {condition(comparison, left.view, right.view),
          broadcast(left.values->shape, right.values->shape),
          [left, right, comparison, type = type.value()](const shape_t& index) {
            return compares(number_as(type, left, index), number_as(type, right, index),
                            comparison);
          }};
}

judged both_of(const judged& a, const judged& b) {
  return {a.asked && b.asked, broadcast(a.shape, b.shape),
          [a = a.truth, b = b.truth](const shape_t& index) { return a(index) && b(index); }};
}

judged either_of(const judged& a, const judged& b) {
  return {a.asked || b.asked, broadcast(a.shape, b.shape),
          [a = a.truth, b = b.truth](const shape_t& index) { return a(index) || b(index); }};
}

judged negation_of(const judged& a) {
  return {!a.asked, a.shape, [a = a.truth](const shape_t& index) { return !a(index); }};
}

std::vector<std::uint8_t> truths(const judged& condition, const shape_t& shape) {
  std::vector<std::uint8_t> out;
  for_each_index(shape, [&](const shape_t& index) { out.push_back(condition.truth(index)); });
  return out;
}

seen condition_maker::make(dtype type, const shape_t& shape, layout chosen) {
  return take(make_array(type, shape, chosen, random_));
}

seen condition_maker::take(array values) {
  const array& a = *arrays_.emplace_back(std::make_unique<array>(std::move(values)));
  if (a.shape.empty() && random_.below(2) == 0) {
    return tensors_.emplace_back(
        seen{&a, tensor_view(const_cast<std::uint8_t*>(a.bytes.data()), a.type, a.shape, {},
                             {BW_CPU, 0}, static_cast<std::uint64_t>(a.origin))});
  }
  const placed& place = *places_.emplace_back(std::make_unique<placed>(on_, a));
  return tensors_.emplace_back(seen{&a, place.view()});
}

const seen& condition_maker::some_tensor(const shape_t& shape) {
  if (!tensors_.empty() && random_.below(3) == 0) {
    const seen& again = tensors_[static_cast<std::size_t>(
        random_.below(static_cast<std::int64_t>(tensors_.size())))];
    const shape_t& own = again.values->shape;
    bool suits = own.size() <= shape.size();
    for (std::size_t k = 1; suits && k <= own.size(); ++k) {
      suits = own[own.size() - k] == 1 || own[own.size() - k] == shape[shape.size() - k];
    }
    if (suits) return again;
  }
  const dtype type = all_dtypes[random_.below(std::size(all_dtypes))];
  const layout chosen = all_layouts[random_.below(std::size(all_layouts))];
  make(type, broadcastable(shape, random_), chosen);
  return tensors_.back();
}

judged condition_maker::leaf(const shape_t& shape) {
  return leaf_of(seen(some_tensor(shape)), shape);
}

judged condition_maker::leaf_of(const seen& values, const shape_t& shape) {
  const dtype type = values.values->type;
  if (is_complex(type) || random_.below(4) == 0) return test_of(values, tests[random_.below(4)]);
  if (type == boolean && random_.below(2) == 0) return truth_of(values);
  const bw_predicate comparison = comparisons[random_.below(6)];
  if (random_.below(2) == 0) {
    const seen other = some_tensor(shape);
    if (!is_complex(other.values->type)) return comparison_of(values, other, comparison);
  }
  const double reals[] = {0.0,
                          -0.0,
                          0.5,
                          1.0,
                          -2.0,
                          254.5,
                          1e300,
                          std::numeric_limits<double>::infinity(),
                          std::numeric_limits<double>::quiet_NaN()};
  const std::int64_t integers[] = {0, 1, -1, 2, 127, 255, 300, INT64_MIN, INT64_MAX};
  return comparison_of(
      values, compared{comparison, random_.below(2) == 0, reals[random_.below(std::size(reals))],
                       integers[random_.below(std::size(integers))]});
}

judged condition_maker::tree(const shape_t& shape, int leaves) {
  if (leaves == 1) {
    const judged one = leaf(shape);
    return random_.below(4) == 0 ? negation_of(one) : one;
  }
  // One leaf aside makes deep trees, to the left or to the right; half of them balanced ones.
  const int left = random_.below(3) == 0 ? leaves / 2 : random_.below(2) == 0 ? 1 : leaves - 1;
  const judged a = tree(shape, left);
  const judged b = tree(shape, leaves - left);
  const judged joined = random_.below(2) == 0 ? both_of(a, b) : either_of(a, b);
  return random_.below(4) == 0 ? negation_of(joined) : joined;
}

}  // namespace bitwhere::test
