// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "npy_scores.hpp"

#include "failure.hpp"
#include "file_bytes.hpp"
#include "label_map.hpp"
#include "npy_header.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <span>
#include <string_view>

namespace bitwhere::tool {

namespace {

static_assert(std::endian::native == std::endian::little, "scores are used as they are stored");

dtype type_of(std::string_view descr) {
  if (descr == "<f2" || descr == "=f2") return f16;
  if (descr == "<f4" || descr == "=f4") return f32;
  if (descr == "<f8" || descr == "=f8") return f64;
  if (descr.starts_with('>')) {
    throw file_error(fmt::format("holds elements of type '{}'; scores are little-endian", descr));
  }
  throw file_error(
      fmt::format("holds elements of type '{}'; scores are '<f2', '<f4' or '<f8'", descr));
}

/// Without the images of a batch, of which there is one.
std::span<const std::int64_t> shape_of(const npy_header& header) {
  const std::span<const std::int64_t> shape(header.shape);
  if (shape.size() == 3) return shape;
  if (shape.size() == 4 && shape[0] == 1) return shape.subspan(1);
  throw file_error(
      fmt::format("has shape ({}); scores are (C, H, W) or (1, C, H, W)", fmt::join(shape, ", ")));
}

/// Whether the file holds as many elements as its header says; nothing here overflows.
bool holds_all(const score_map& map) {
  std::int64_t pixels = 0;
  std::int64_t elements = 0;
  std::int64_t bytes = 0;
  return !__builtin_mul_overflow(map.height, map.width, &pixels) && pixels <= max_pixels &&
         !__builtin_mul_overflow(pixels, map.classes, &elements) &&
         !__builtin_mul_overflow(elements, map.type.bytes(), &bytes) &&
         static_cast<std::size_t>(bytes) == map.bytes.size() - map.begin;
}

}  // namespace

score_map read_npy_scores(const std::filesystem::path& file) {
  score_map out;
  out.bytes = read_file(file);
  const npy_file array = parse_npy_file(out.bytes);
  const auto shape = shape_of(array.header);
  out.type = type_of(array.header.descr);
  out.classes = shape[0];
  out.height = shape[1];
  out.width = shape[2];
  if (out.classes == 0) throw file_error("has no classes");
  out.column_major = array.header.fortran_order;
  out.begin = array.begin;
  if (out.classes > 0 && out.height <= max_pixels && out.width <= max_pixels && holds_all(out)) {
    return out;
  }
  throw file_error(fmt::format("its header says {} x {} x {} elements of {} bytes, its data has {}",
                               out.classes, out.height, out.width, out.type.bytes(),
                               out.bytes.size() - out.begin));
}

}  // namespace bitwhere::tool
