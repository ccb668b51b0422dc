// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "npy_tensor.hpp"

#include "failure.hpp"
#include "npy_header.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace bitwhere::tool {

namespace {

static_assert(std::endian::native == std::endian::little, "elements are used as they are stored");

struct row {
  std::string_view descr;  ///< without the byte order
  dtype type;
};

constexpr row rows[] = {{"b1", boolean}, {"u1", u8},  {"i1", i8},   {"i2", i16},
                        {"i4", i32},     {"i8", i64}, {"f2", f16},  {"f4", f32},
                        {"f8", f64},     {"c8", c64}, {"c16", c128}};

dtype type_of(std::string_view descr) {
  const char order = descr.empty() ? ' ' : descr[0];
  for (const row& r : rows) {
    if (descr.empty() || descr.substr(1) != r.descr) continue;
    const bool is_byte = r.type.bits == 8;
    if (order == '<' || order == '=' || (is_byte && (order == '|' || order == '>'))) return r.type;
    if (order == '>') {
      throw file_error(
          fmt::format("holds elements of type '{}', which is big-endian; save it as "
                      "'<{}'",
                      descr, r.descr));
    }
  }
  throw file_error(
      fmt::format("holds elements of type '{}'; known are bool, u8, i8, i16, i32, "
                  "i64, f16, f32, f64, c64 and c128",
                  descr));
}

/// Of the first axis first, as Fortran stores arrays.
shape_t column_major(const shape_t& shape) {
  shape_t out;
  std::int64_t step = 1;
  for (const std::int64_t size : shape) {
    out.push_back(step);
    step *= std::max<std::int64_t>(size, 1);
  }
  return out;
}

/// Whether the file holds as many elements as its header says. Sizes beside a 0 must be ones that
/// strides can be computed from, too.
bool holds_all(const file_tensor& array, std::size_t data_bytes) {
  std::int64_t reach = array.type.bytes();
  bool is_empty = false;
  for (const std::int64_t size : array.shape) {
    is_empty = is_empty || size == 0;
    if (__builtin_mul_overflow(reach, std::max<std::int64_t>(size, 1), &reach)) return false;
  }
  return data_bytes == (is_empty ? 0 : static_cast<std::size_t>(reach));
}

}  // namespace

file_tensor tensor_of_npy(std::vector<std::byte> file) {
  const npy_file array = parse_npy_file(file);
  const auto& shape = array.header.shape;
  if (shape.size() > BW_MAX_RANK) {
    throw file_error(
        fmt::format("has {} dimensions; up to {} are read", shape.size(), BW_MAX_RANK));
  }
  const auto owner = std::make_shared<std::vector<std::byte>>(std::move(file));
  file_tensor out{.type = type_of(array.header.descr),
                  .shape = shape,
                  .data = std::shared_ptr<std::byte[]>(owner, owner->data() + array.begin)};
  const std::size_t data_bytes = owner->size() - array.begin;
  if (!holds_all(out, data_bytes)) {
    throw file_error(fmt::format("its header says ({}) elements of {} bytes, its data has {}",
                                 fmt::join(shape, ", "), out.type.bytes(), data_bytes));
  }
  if (array.header.fortran_order) out.strides = column_major(shape);
  return out;
}

std::string npy_of(const tensor_view& from) {
  const row* const found = std::ranges::find(rows, from.type(), &row::type);
  if (found == std::end(rows) || !from.contiguous()) {
    throw std::logic_error("this tensor has no .npy");
  }
  const std::string descr = (from.type().bits == 8 ? "|" : "<") + std::string(found->descr);
  std::string out = npy_front(descr, from.shape());
  const auto bytes = static_cast<std::size_t>(from.size() * from.type().bytes());
  return out.append(static_cast<const char*>(from.data()), bytes);
}

}  // namespace bitwhere::tool
