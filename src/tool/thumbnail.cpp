// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "thumbnail.hpp"

#include <algorithm>
#include <cstddef>

namespace bitwhere::tool {

namespace {

struct span_of_pixels {
  std::int64_t begin;
  std::int64_t end;
};

/// The pixels of a side that pixel `index` of a shorter one covers; at least one.
span_of_pixels covered(std::int64_t index, std::int64_t from, std::int64_t to) {
  const std::int64_t begin = index * from / to;
  return {begin, std::max(begin + 1, (index + 1) * from / to)};
}

}  // namespace

picture thumbnail_of(const picture& from, std::int64_t longest) {
  const std::int64_t side = std::max(from.height, from.width);
  const bool fits = side <= longest;
  const auto shorter = [&](std::int64_t length) {
    return fits ? length : std::max<std::int64_t>(1, (length * longest + side / 2) / side);
  };
  picture out = make_picture(shorter(from.height), shorter(from.width));
  std::uint8_t* to = out.rgb.get();
  for (std::int64_t y = 0; y < out.height; ++y) {
    const auto rows = covered(y, from.height, out.height);
    for (std::int64_t x = 0; x < out.width; ++x) {
      const auto columns = covered(x, from.width, out.width);
      const std::int64_t pixels = (rows.end - rows.begin) * (columns.end - columns.begin);
      for (std::int64_t channel = 0; channel < 3; ++channel) {
        std::int64_t sum = 0;
        for (std::int64_t row = rows.begin; row < rows.end; ++row) {
          const std::uint8_t* at =
              from.rgb.get() + (row * from.width + columns.begin) * 3 + channel;
          for (std::int64_t i = columns.begin; i < columns.end; ++i, at += 3) sum += *at;
        }
        *to++ = static_cast<std::uint8_t>((sum + pixels / 2) / pixels);
      }
    }
  }
  return out;
}

}  // namespace bitwhere::tool
