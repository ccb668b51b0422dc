// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// Label maps by libdeflate and by libspng: the same pixels.
#include "png_ways.hpp"
#include "real_data.hpp"
#include "src/tool/file_bytes.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;

class PngLabels : public testing::TestWithParam<std::tuple<map_content, std::vector<int>>> {};

// Widths around the eight bytes that are looked at together, in one row, one column and more.
TEST_P(PngLabels, AreTheSameByBothWays) {
  const auto& [what, filters] = GetParam();
  for (const std::size_t height : {1, 2, 3, 11}) {
    for (const std::size_t width : {1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 33, 64, 65, 130}) {
      SCOPED_TRACE(std::to_string(height) + " x " + std::to_string(width));
      const byte_map map = draw(what, height, width);
      const std::string png =
          png_start(height, width, 0) +
          png_pixels(deflated(filtered_rows(map, filters), 6), std::size_t{1} << 16) +
          png_chunk("IEND", "");
      ASSERT_TRUE(fast(png));
      ASSERT_EQ(labels_or_error(&tool::labels_of_png, png),
                std::to_string(height) + 'x' + std::to_string(width) + ':' + map.pixels);
    }
  }
}

std::string name_of(const testing::TestParamInfo<PngLabels::ParamType>& info) {
  std::string out = std::string(std::get<0>(info.param).name) + "_filters";
  for (const int filter : std::get<1>(info.param)) out += std::to_string(filter);
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    All, PngLabels,
    testing::Combine(testing::Values(random_bytes, blocks, constant, specks),
                     testing::Values(std::vector{0}, std::vector{1}, std::vector{2}, std::vector{3},
                                     std::vector{4}, std::vector{0, 4, 1, 3, 2, 4, 4, 2, 1})),
    name_of);

TEST(PngLabelsPacked, ByEveryLevelAndInAnyIdats) {
  for (const map_content& what : {random_bytes, specks, constant}) {
    for (const int level : {0, 1, 6, 9, 12}) {
      const std::string stream = pixels_of(what, level);
      for (const std::size_t each :
           {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{100}, stream.size()}) {
        SCOPED_TRACE(std::string(what.name) + " level " + std::to_string(level) + " by " +
                     std::to_string(each));
        const std::string idats = png_pixels(stream, each);
        EXPECT_TRUE(fast(png_start(12, 40, 0) + idats + png_end));
        EXPECT_TRUE(fast(png_start(12, 40, 3) + png_palette(256) + idats + png_end));
      }
    }
  }
}

TEST(PngLabelsPacked, WithEmptyIdats) {
  const std::string stream = pixels_of(specks);
  const std::string none = png_chunk("IDAT", "");
  const std::string first = png_chunk("IDAT", stream.substr(0, 30));
  const std::string second = png_chunk("IDAT", stream.substr(30));
  const std::string start = png_start(12, 40, 0);
  EXPECT_TRUE(fast(start + none + first + second + png_end));
  EXPECT_TRUE(fast(start + first + none + none + second + png_end));
  EXPECT_TRUE(fast(start + first + second + none + png_end));
}

// Of two of them the maps have 8 bits; the third's of 2 bits are libspng's.
TEST(PngRealData, IsTheSameByBothWays) {
  const char* folder = std::getenv("BITWHERE_TEST_DATA");
  if (folder == nullptr || !fs::exists(folder)) GTEST_SKIP() << no_real_data;
  std::size_t by_libdeflate = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".png") continue;
    SCOPED_TRACE(entry.path().string());
    const std::vector<std::byte> stored = tool::read_file(entry.path());
    const std::string png(reinterpret_cast<const char*>(stored.data()), stored.size());
    expect_same(png);
    by_libdeflate += fast(png) ? 1 : 0;
  }
  if (by_libdeflate == 0) GTEST_SKIP() << no_real_data;
  EXPECT_GT(by_libdeflate, 10U);
}

}  // namespace
}  // namespace bitwhere::tool_test
