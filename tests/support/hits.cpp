// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "hits.hpp"

#include <algorithm>
#include <cstring>

#include "promotion_table.hpp"

namespace bitwhere::test {
namespace {

// Which hit, and which dimension of its index, an element of an output holds.
struct entry {
  std::size_t hit;
  std::size_t dimension;
};

entry entry_of(index_form form, const shape_t& index) {
  const auto first = static_cast<std::size_t>(index[0]);
  if (form == index_form::flat) return {first, 0};
  const auto second = static_cast<std::size_t>(index[1]);
  return form == index_form::rows ? entry{first, second} : entry{second, first};
}

}  // namespace

shape_t hits::index(std::size_t hit) const {
  shape_t out(shape.size());
  for (std::size_t d = 0; d < out.size(); ++d) out[d] = coordinate(hit, d);
  return out;
}

std::int64_t hits::coordinate(std::size_t hit, std::size_t dimension) const {
  std::int64_t rest = flat[hit];
  for (std::size_t d = shape.size() - 1; d > dimension; --d) rest /= shape[d];
  return rest % shape[dimension];
}

hits hits_of(const judged& condition) { return hits_of(condition, condition.shape); }

hits hits_of(const judged& condition, const shape_t& shape) {
  return hits_of(truths(condition, shape), shape);
}

hits hits_of(const std::vector<std::uint8_t>& truths, const shape_t& shape) {
  hits out{shape, {}};
  for (std::size_t i = 0; i < truths.size(); ++i) {
    if (truths[i] != 0) out.flat.push_back(static_cast<std::int64_t>(i));
  }
  return out;
}

shape_t room_for(index_form form, std::int64_t n, std::size_t rank) {
  const auto dimensions = static_cast<std::int64_t>(rank);
  if (form == index_form::flat) return {n};
  return form == index_form::rows ? shape_t{n, dimensions} : shape_t{dimensions, n};
}

std::vector<std::uint8_t> after_nonzero(const hits& found, index_form form, const array& out,
                                        std::optional<std::int64_t> fill) {
  std::vector<std::uint8_t> bytes = out.bytes;
  for_each_index(out.shape, [&](const shape_t& index) {
    const entry e = entry_of(form, index);
    const bool is_hit = e.hit < found.flat.size();
    if (!is_hit && !fill) return;
    const std::int64_t value = !is_hit                    ? *fill
                               : form == index_form::flat ? found.flat[e.hit]
                                                          : found.coordinate(e.hit, e.dimension);
    std::memcpy(bytes.data() + out.offset(index), &value,
                static_cast<std::size_t>(out.type.bytes()));  // little-endian
  });
  return bytes;
}

std::vector<std::uint8_t> after_select(const hits& found, const array& x, const array& out,
                                       const std::optional<std::vector<std::uint8_t>>& fill) {
  std::vector<std::uint8_t> bytes = out.bytes;
  for_each_index(out.shape, [&](const shape_t& index) {
    const auto hit = static_cast<std::size_t>(index[0]);
    const bool is_hit = hit < found.flat.size();
    if (!is_hit && !fill) return;
    std::memcpy(bytes.data() + out.offset(index),
                is_hit ? x.element(found.index(hit)) : fill->data(),
                static_cast<std::size_t>(out.type.bytes()));
  });
  return bytes;
}

std::vector<std::uint8_t> draw_truths(std::int64_t n, const density& how, random_integers& random) {
  const std::int64_t scale = 1 << 20;
  const auto chance = static_cast<std::int64_t>(how.share * static_cast<double>(scale));
  std::vector<std::uint8_t> truths(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n;) {
    const std::int64_t run = how.in_runs ? 1 + random.below(700) : 1;
    const std::uint8_t truth = random.below(scale) < chance ? 1 : 0;
    const std::int64_t end = std::min(n, i + run);
    for (; i < end; ++i) truths[static_cast<std::size_t>(i)] = truth;
  }
  return truths;
}

array make_truths(dtype type, const shape_t& shape, layout chosen,
                  const std::vector<std::uint8_t>& truths, random_integers& random) {
  array a = blank_array(type, shape, chosen);
  const auto width = static_cast<std::size_t>(type.bytes());
  const std::size_t part = is_complex(type) ? width / 2 : width;
  std::size_t i = 0;
  for_each_index(shape, [&](const shape_t& index) {
    std::uint8_t* const element = a.bytes.data() + a.offset(index);
    std::memset(element, 0, width);
    if (!is_whole(type) && random.below(4) == 0) element[part - 1] = 0x80;
    if (truths[i++] != 0) {
      element[random.below(type.bytes())] |= static_cast<std::uint8_t>(1 + random.below(127));
    }
  });
  return a;
}

}  // namespace bitwhere::test
