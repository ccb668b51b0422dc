// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "npy.hpp"

#include "failure.hpp"
#include "file_bytes.hpp"
#include "npy_header.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bitwhere::tool {

namespace {

using bytes_view = std::span<const std::byte>;

/// How the elements of a file become labels.
struct conversion {
  std::int64_t bytes;  ///< of an element in the file
  dtype type;          ///< of the labels
  void (*run)(bytes_view from, bool swap, std::byte* to);
};

template <class From, class To>
void convert(bytes_view from, bool swap, std::byte* to) {
  for (std::size_t i = 0; i < from.size(); i += sizeof(From), to += sizeof(To)) {
    // Nothing in the file is aligned for certain.
    std::array<std::byte, sizeof(From)> raw;
    std::memcpy(raw.data(), from.data() + i, sizeof(From));
    if (swap) std::reverse(raw.begin(), raw.end());
    const auto value = std::bit_cast<From>(raw);
    if constexpr (sizeof(From) == sizeof(To) && std::is_unsigned_v<From> && sizeof(To) == 8) {
      if (value > static_cast<From>(std::numeric_limits<To>::max())) {
        throw file_error(fmt::format("holds {}, which is above the largest label 2^63-1", value));
      }
    }
    const auto label = static_cast<To>(value);
    std::memcpy(to, &label, sizeof(To));
  }
}

void convert_bool(bytes_view from, bool, std::byte* to) {
  for (const std::byte value : from) *to++ = std::byte{value != std::byte{0}};
}

conversion conversion_of(std::string_view descr) {
  struct row {
    std::string_view descr;
    conversion how;
  };
  static constexpr row rows[] = {
      {"b1", {1, u8, convert_bool}},
      {"u1", {1, u8, convert<std::uint8_t, std::uint8_t>}},
      {"i1", {1, i8, convert<std::int8_t, std::int8_t>}},
      {"u2", {2, i32, convert<std::uint16_t, std::int32_t>}},
      {"i2", {2, i16, convert<std::int16_t, std::int16_t>}},
      {"u4", {4, i64, convert<std::uint32_t, std::int64_t>}},
      {"i4", {4, i32, convert<std::int32_t, std::int32_t>}},
      {"u8", {8, i64, convert<std::uint64_t, std::int64_t>}},
      {"i8", {8, i64, convert<std::int64_t, std::int64_t>}},
  };
  if (!descr.empty() && std::string_view("<>=|").find(descr[0]) != std::string_view::npos) {
    for (const row& r : rows) {
      // '|' stands for "no byte order", which only single bytes have.
      if (descr.substr(1) == r.descr && (descr[0] != '|' || r.how.bytes == 1)) return r.how;
    }
  }
  throw file_error(fmt::format("holds elements of type '{}'; label maps hold integers", descr));
}

/// Height and width of a shape that the file really holds.
std::array<std::int64_t, 2> checked_shape(const npy_header& header, const conversion& how,
                                          std::size_t data_bytes) {
  const auto& shape = header.shape;
  const bool plain = shape.size() == 2;
  if (!plain && !(shape.size() == 3 && shape[0] == 1)) {
    throw file_error(
        fmt::format("has shape ({}); a label map is (H, W) or (1, H, W)", fmt::join(shape, ", ")));
  }
  const std::int64_t height = shape[shape.size() - 2];
  const std::int64_t width = shape[shape.size() - 1];
  std::int64_t pixels = 0;
  if (height > max_pixels || width > max_pixels || __builtin_mul_overflow(height, width, &pixels) ||
      pixels > max_pixels || static_cast<std::size_t>(pixels * how.bytes) != data_bytes) {
    throw file_error(fmt::format("its header says {} x {} elements of {} bytes, its data has {}",
                                 height, width, how.bytes, data_bytes));
  }
  return {height, width};
}

}  // namespace

label_map read_npy(const std::filesystem::path& file) {
  const std::vector<std::byte> bytes = read_file(file);
  const npy_file array = parse_npy_file(bytes);
  const npy_header& header = array.header;
  const conversion how = conversion_of(header.descr);
  const auto [height, width] = checked_shape(header, how, bytes.size() - array.begin);
  label_map labels = make_label_map(how.type, height, width);
  labels.column_major = header.fortran_order;
  constexpr char foreign = std::endian::native == std::endian::little ? '>' : '<';
  how.run(bytes_view(bytes).subspan(array.begin), header.descr[0] == foreign, labels.bytes.get());
  return labels;
}

}  // namespace bitwhere::tool
