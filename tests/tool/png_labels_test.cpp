// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// Label maps by libdeflate and by libspng: the same pixels, and the same errors.
#include "png_writer.hpp"
#include "real_data.hpp"
#include "src/tool/failure.hpp"
#include "src/tool/file_bytes.hpp"
#include "src/tool/png.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using tool::label_map;

std::string text_of(const label_map& labels) {
  const auto bytes = static_cast<std::size_t>(labels.pixels() * labels.type.bytes());
  return std::to_string(labels.height) + 'x' + std::to_string(labels.width) + ':' +
         std::string(reinterpret_cast<const char*>(labels.bytes.get()), bytes);
}

/// The labels, or the error.
std::string outcome(label_map (*read)(std::span<const std::byte>), const std::string& png) {
  try {
    return text_of(read(std::as_bytes(std::span(png))));
  } catch (const tool::file_error& error) {
    return error.what();
  }
}

void expect_same(const std::string& png) {
  EXPECT_EQ(outcome(&tool::labels_of_png, png), outcome(&tool::labels_by_libspng, png));
}

/// Whether libdeflate's way decodes a file, and then gives the same.
bool fast(const std::string& png) {
  try {
    const std::optional<label_map> labels =
        tool::labels_by_libdeflate(std::as_bytes(std::span(png)));
    if (labels) {
      EXPECT_EQ(text_of(*labels), outcome(&tool::labels_by_libspng, png));
    }
    return labels.has_value();
  } catch (const tool::file_error& error) {
    EXPECT_EQ(error.what(), outcome(&tool::labels_by_libspng, png));
    return false;
  }
}

struct content {
  const char* name;
  std::function<unsigned(std::size_t row, std::size_t x, unsigned random)> label;

  friend std::ostream& operator<<(std::ostream& out, const content& one) { return out << one.name; }
};

byte_map draw(const content& what, std::size_t height, std::size_t width) {
  std::mt19937 random(static_cast<unsigned>(height * 1000 + width));
  byte_map map{height, width, {}};
  for (std::size_t i = 0; i < height * width; ++i) {
    map.pixels +=
        static_cast<char>(what.label(i / width, i % width, static_cast<unsigned>(random() >> 8)));
  }
  return map;
}

const content random_bytes{"random", [](auto, auto, unsigned random) { return random; }};
const content blocks{"blocks", [](std::size_t row, std::size_t x, auto) {
                       return static_cast<unsigned>(row / 3 * 7 + x / 11 * 13);
                     }};
const content constant{"constant", [](auto, auto, auto) { return 201U; }};
const content specks{"specks", [](std::size_t row, std::size_t x, unsigned random) {
                       return random % 19 == 0 ? random / 19
                                               : static_cast<unsigned>(row / 5 + x / 23);
                     }};

class PngLabels : public testing::TestWithParam<std::tuple<content, std::vector<int>>> {};

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
      ASSERT_EQ(outcome(&tool::labels_of_png, png),
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

const std::string end = png_chunk("IEND", "");

/// Of 12 x 40 pixels.
std::string pixels_of(const content& what, int level = 6) {
  return deflated(filtered_rows(draw(what, 12, 40), {4, 1, 0, 2, 3}), level);
}

TEST(PngLabelsPacked, ByEveryLevelAndInAnyIdats) {
  for (const content& what : {random_bytes, specks, constant}) {
    for (const int level : {0, 1, 6, 9, 12}) {
      const std::string stream = pixels_of(what, level);
      for (const std::size_t each :
           {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{100}, stream.size()}) {
        SCOPED_TRACE(std::string(what.name) + " level " + std::to_string(level) + " by " +
                     std::to_string(each));
        const std::string idats = png_pixels(stream, each);
        EXPECT_TRUE(fast(png_start(12, 40, 0) + idats + end));
        EXPECT_TRUE(fast(png_start(12, 40, 3) + png_palette(256) + idats + end));
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
  EXPECT_TRUE(fast(start + none + first + second + end));
  EXPECT_TRUE(fast(start + first + none + none + second + end));
  EXPECT_TRUE(fast(start + first + second + none + end));
}

struct oddity {
  const char* name;
  std::string png;
  bool fast;

  friend std::ostream& operator<<(std::ostream& out, const oddity& one) { return out << one.name; }
};

/// Files that differ from plain ones in one way; what libspng says of each is what is said.
std::vector<oddity> oddities() {
  const std::string stream = pixels_of(specks);
  const std::string grey = png_start(12, 40, 0);
  const std::string palette = png_start(12, 40, 3);
  const std::string colours = png_palette(256);
  const std::string idat = png_chunk("IDAT", stream);
  const std::string text = png_chunk("tEXt", std::string("Title\0a map", 11));
  const std::string rows = filtered_rows(draw(specks, 12, 40), {0});
  const auto of_stream = [&](const std::string& other) {
    return grey + png_chunk("IDAT", other) + end;
  };
  std::string bad_adler = stream;
  bad_adler.back() = static_cast<char>(bad_adler.back() ^ 1);
  std::string bad_filter = rows;
  bad_filter[41 * 5] = 5;
  std::string bad_first_filter = rows;
  bad_first_filter[0] = 5;
  return {
      {"Plain", grey + idat + end, true},
      {"PlainPalette", palette + colours + idat + end, true},
      {"FewColours", palette + png_palette(2) + idat + end, true},
      {"TextBefore", grey + text + idat + end, true},
      {"TextBehind", grey + idat + text + end, false},
      {"Transparency", palette + colours + png_chunk("tRNS", "abc") + idat + end, true},
      {"TransparencyBeforePalette", palette + png_chunk("tRNS", "abc") + colours + idat + end,
       true},
      {"GammaOfZero", grey + png_chunk("gAMA", std::string(4, '\0')) + idat + end, true},
      {"UnknownAncillary", grey + png_chunk("abCd", "xyz") + idat + end, true},
      {"UnknownCritical", grey + png_chunk("ABCD", "xyz") + idat + end, false},
      {"NoPalette", palette + idat + end, false},
      {"EmptyPalette", palette + png_palette(0) + idat + end, false},
      {"LongPalette", palette + png_palette(257) + idat + end, false},
      {"PaletteBehindPixels", palette + idat + colours + end, false},
      {"TwoPalettes", palette + colours + colours + idat + end, true},
      {"GreyWithPalette", grey + colours + idat + end, true},
      {"TwoHeaders", grey + grey.substr(8) + idat + end, false},
      {"HeaderBehindPixels", grey + idat + grey.substr(8) + end, false},
      {"PixelsInTwoPlaces", grey + idat + text + png_chunk("IDAT", "x") + end, false},
      {"SplitByText",
       grey + png_chunk("IDAT", stream.substr(0, 30)) + text +
           png_chunk("IDAT", stream.substr(30)) + end,
       false},
      {"BytesBehindEnd", grey + idat + end + "x", false},
      {"ChunkBehindEnd", grey + idat + end + text, false},
      {"EndWithData", grey + idat + png_chunk("IEND", "x"), false},
      {"NoEnd", grey + idat, false},
      {"NoPixels", grey + end, false},
      {"EmptyPixels", grey + png_chunk("IDAT", "") + end, false},
      {"EndBeforePixels", grey + end + idat + end, false},
      {"BytesBehindStream", of_stream(stream + "xyz"), false},
      {"ShortStream", of_stream(stream.substr(0, stream.size() / 2)), false},
      {"NoAdler", of_stream(stream.substr(0, stream.size() - 4)), false},
      {"BadAdler", of_stream(bad_adler), false},
      {"TooManyRows", of_stream(deflated(rows + rows, 6)), false},
      {"OneByteTooMany", of_stream(deflated(rows + '\0', 6)), false},
      {"OneByteTooFew", of_stream(deflated(rows.substr(0, rows.size() - 1), 6)), false},
      {"FilterFive", of_stream(deflated(bad_filter, 6)), false},
      {"FirstFilterFive", of_stream(deflated(bad_first_filter, 6)), false},
      {"NoStream", of_stream("neither zlib nor deflate"), false},
      {"MorePixelsThanTheStreamHolds", png_start(100, 1000, 0) + idat + end, false},
      {"Nothing", "", false},
      {"SignatureAlone", grey.substr(0, 8), false},
      {"HeaderAlone", grey, false},
  };
}

class PngOddity : public testing::TestWithParam<oddity> {};

TEST_P(PngOddity, IsTakenOrRefusedAsByLibspng) {
  expect_same(GetParam().png);
  EXPECT_EQ(fast(GetParam().png), GetParam().fast);
}

INSTANTIATE_TEST_SUITE_P(All, PngOddity, testing::ValuesIn(oddities()),
                         [](const auto& one) { return one.param.name; });

/// The same chunks with right checksums, so that a damaged one is looked at further.
std::string with_checksums(const std::string& png) {
  std::string out = png.substr(0, 8);
  std::size_t at = 8;
  while (png.size() - at >= 12) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      length = length << 8 | static_cast<unsigned char>(png[at + i]);
    }
    if (length > png.size() - at - 12) break;
    out += png_chunk(png.substr(at + 4, 4), png.substr(at + 8, length));
    at += 12 + length;
  }
  return out + png.substr(at);
}

class PngDamage : public testing::TestWithParam<int> {};

TEST_P(PngDamage, GivesWhatLibspngGives) {
  const auto flip = static_cast<char>(GetParam());
  const std::string stream = pixels_of(blocks);
  const std::string stored = pixels_of(constant, 0);
  const std::string text = png_chunk("tEXt", std::string("Title\0a map", 11));
  std::size_t damages = 0;
  std::size_t refused = 0;
  for (const std::string& whole :
       {png_start(12, 40, 0) + text + png_pixels(stream, 40) + end,
        png_start(12, 40, 3) + png_palette(5) + png_pixels(stream, stream.size()) + end,
        png_start(12, 40, 0) + png_pixels(stored, stored.size()) + end}) {
    ASSERT_TRUE(fast(whole));
    for (std::size_t at = 0; at < whole.size(); ++at) {
      SCOPED_TRACE("byte " + std::to_string(at));
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      expect_same(damaged);
      ++damages;
      refused += fast(damaged) ? 0 : 1;
      if (at >= 8) expect_same(with_checksums(damaged));
    }
  }
  EXPECT_GT(damages, 500U);
  EXPECT_EQ(refused, damages);  // a checksum or a check of its own covers every byte
}

INSTANTIATE_TEST_SUITE_P(All, PngDamage, testing::Values(1, 4, 32, 128, 255));

TEST(PngTruncation, GivesWhatLibspngGives) {
  const std::string whole =
      png_start(12, 40, 3) + png_palette(256) + png_pixels(pixels_of(blocks), 50) + end;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(std::to_string(size) + " bytes");
    const std::string cut = whole.substr(0, size);
    expect_same(cut);
    EXPECT_FALSE(fast(cut));
  }
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
