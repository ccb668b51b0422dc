// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "png_writer.hpp"
#include "src/tool/failure.hpp"
#include "src/tool/png.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <ostream>
#include <random>
#include <span>
#include <string>

/// The two ways of decoding label maps beside each other, and maps to decode.
namespace bitwhere::tool_test {

using tool::label_map;

inline std::string labels_text(const label_map& labels) {
  const auto bytes = static_cast<std::size_t>(labels.pixels() * labels.type.bytes());
  return std::to_string(labels.height) + 'x' + std::to_string(labels.width) + ':' +
         std::string(reinterpret_cast<const char*>(labels.bytes.get()), bytes);
}

/// The labels, or the error.
inline std::string labels_or_error(label_map (*read)(std::span<const std::byte>),
                                   const std::string& png) {
  try {
    return labels_text(read(std::as_bytes(std::span(png))));
  } catch (const tool::file_error& error) {
    return error.what();
  }
}

inline void expect_same(const std::string& png) {
  EXPECT_EQ(labels_or_error(&tool::labels_of_png, png),
            labels_or_error(&tool::labels_by_libspng, png));
}

/// Whether libdeflate's way decodes a file, and then gives the same.
inline bool fast(const std::string& png) {
  try {
    const std::optional<label_map> labels =
        tool::labels_by_libdeflate(std::as_bytes(std::span(png)));
    if (labels) {
      EXPECT_EQ(labels_text(*labels), labels_or_error(&tool::labels_by_libspng, png));
    }
    return labels.has_value();
  } catch (const tool::file_error& error) {
    EXPECT_EQ(error.what(), labels_or_error(&tool::labels_by_libspng, png));
    return false;
  }
}

struct map_content {
  const char* name;
  std::function<unsigned(std::size_t row, std::size_t x, unsigned random)> label;

  friend std::ostream& operator<<(std::ostream& out, const map_content& one) {
    return out << one.name;
  }
};

inline byte_map draw(const map_content& what, std::size_t height, std::size_t width) {
  std::mt19937 random(static_cast<unsigned>(height * 1000 + width));
  byte_map map{height, width, {}};
  for (std::size_t i = 0; i < height * width; ++i) {
    map.pixels +=
        static_cast<char>(what.label(i / width, i % width, static_cast<unsigned>(random() >> 8)));
  }
  return map;
}

inline const map_content random_bytes{"random", [](auto, auto, unsigned random) { return random; }};
inline const map_content blocks{"blocks", [](std::size_t row, std::size_t x, auto) {
                                  return static_cast<unsigned>(row / 3 * 7 + x / 11 * 13);
                                }};
inline const map_content constant{"constant", [](auto, auto, auto) { return 201U; }};
inline const map_content specks{"specks", [](std::size_t row, std::size_t x, unsigned random) {
                                  return random % 19 == 0 ? random / 19
                                                          : static_cast<unsigned>(row / 5 + x / 23);
                                }};

inline const std::string png_end = png_chunk("IEND", "");

/// Of 12 x 40 pixels.
inline std::string pixels_of(const map_content& what, int level = 6) {
  return deflated(filtered_rows(draw(what, 12, 40), {4, 1, 0, 2, 3}), level);
}

}  // namespace bitwhere::tool_test
