// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "partial_file.hpp"

#include "failure.hpp"
#include "parity/row.hpp"
#include "reduced.hpp"
#include "tensor_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>

namespace bitwhere::tool {

file_tensor read_partials(const std::filesystem::path& file, reducer by, dtype of) {
  file_tensor out = read_tensor(file);
  const context host({.device = "cpu", .threads = 1});
  const partial none(host, by, tensor_view(nullptr, of, shape_t{0}));
  const std::int64_t words = none.words().size();
  if (!(out.type == i64) || out.shape.empty() || out.shape.back() != words ||
      !out.view().contiguous()) {
    throw file_error(fmt::format(
        "holds {} ({}); partials of {} of {} are i64 of {} words each, in C order",
        name_of(out.type), fmt::join(out.shape, ", "), name_of(by), name_of(of), words));
  }
  const bw_report broken = partial(host, by, of, out.view()).broken();
  if (broken.count != 0) {
    throw file_error(fmt::format(
        "holds partials of another kind than {} of {}, or none at all: {} of {}, first number {}",
        name_of(by), name_of(of), broken.count, out.view().size() / words, broken.first_index));
  }
  return out;
}

}  // namespace bitwhere::tool
