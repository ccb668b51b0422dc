// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "partial_file.hpp"

#include "failure.hpp"
#include "parity/row.hpp"
#include "reduced.hpp"
#include "tensor_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <vector>

namespace bitwhere::tool {

namespace {

/// The words of a partial of one element: the first of them says of which kind it is.
std::vector<std::int64_t> example(reducer by, dtype of) {
  alignas(8) const std::byte zero[8] = {};
  const tensor_view one(const_cast<std::byte*>(zero), of, shape_t{}, {}, {BW_CPU, 0}, 0, true);
  const partial made(context({.device = "cpu", .threads = 1}), by, one);
  const auto words = made.words().span<const std::int64_t>();
  return {words.begin(), words.end()};
}

}  // namespace

file_tensor read_partials(const std::filesystem::path& file, reducer by, dtype of) {
  file_tensor out = read_tensor(file);
  const std::vector<std::int64_t> like = example(by, of);
  const auto words = static_cast<std::int64_t>(like.size());
  if (!(out.type == i64) || out.shape.empty() || out.shape.back() != words ||
      !out.view().contiguous()) {
    throw file_error(fmt::format(
        "holds {} ({}); partials of {} of {} are i64 of {} words each, in C order",
        name_of(out.type), fmt::join(out.shape, ", "), name_of(by), name_of(of), words));
  }
  const auto all = out.view().span<const std::int64_t>();
  for (std::size_t i = 0; i < all.size(); i += like.size()) {
    // A partial of nothing is all 0 and merges with every other.
    if (all[i] == 0 || all[i] == like[0]) continue;
    throw file_error(fmt::format("holds partials of another kind than {} of {}, or none at all",
                                 name_of(by), name_of(of)));
  }
  return out;
}

}  // namespace bitwhere::tool
