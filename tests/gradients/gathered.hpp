// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

#include "../support/conversion.hpp"
#include "../support/reduced.hpp"

// What becomes of the terms of an operation's index space in the shape of one operand, one element
// after another: the oracle of gradients.
namespace bitwhere::test {

// The index of an operand that an index of the whole falls on.
inline shape_t index_in(const shape_t& shape, const shape_t& whole) {
  shape_t out(whole.end() - static_cast<std::ptrdiff_t>(shape.size()), whole.end());
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) out[d] = 0;
  }
  return out;
}

inline std::int64_t elements_of(const shape_t& shape) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) n *= extent;
  return n;
}

// The buffer of `to` after its elements have become the chosen terms over `common`: each of them,
// or their exact sums where `to` was broadcast.
template <class Chosen>
std::vector<std::uint8_t> gathered(const array& terms, const shape_t& common, Chosen chosen,
                                   const array& to) {
  const bool sums = to.elements() != elements_of(common);
  std::map<shape_t, std::vector<selected>> by_place;
  for_each_index(to.shape, [&](const shape_t& index) { by_place[index]; });
  for_each_index(common, [&](const shape_t& index) {
    if (chosen(index)) by_place[index_in(to.shape, index)].push_back({0, terms.element(index)});
  });
  std::vector<std::uint8_t> bytes = to.bytes;
  for (const auto& [place, found] : by_place) {
    std::vector<std::uint8_t> element = element_of(to.type, {});
    if (sums) {
      element = reduced_element(found, {.by = reducer::sum, .of = terms.type, .type = to.type});
    } else if (!found.empty()) {
      element = converted(terms.type, found[0].element, to.type);
    }
    std::memcpy(bytes.data() + to.offset(place), element.data(), element.size());
  }
  return bytes;
}

}  // namespace bitwhere::test
