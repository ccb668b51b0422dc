// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// Odd and damaged label maps: what libspng says of each is what is said.
#include "png_ways.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

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
    return grey + png_chunk("IDAT", other) + png_end;
  };
  std::string bad_adler = stream;
  bad_adler.back() = static_cast<char>(bad_adler.back() ^ 1);
  std::string bad_filter = rows;
  bad_filter[41 * 5] = 5;
  std::string bad_first_filter = rows;
  bad_first_filter[0] = 5;
  return {
      {"Plain", grey + idat + png_end, true},
      {"PlainPalette", palette + colours + idat + png_end, true},
      {"FewColours", palette + png_palette(2) + idat + png_end, true},
      {"TextBefore", grey + text + idat + png_end, true},
      {"TextBehind", grey + idat + text + png_end, false},
      {"Transparency", palette + colours + png_chunk("tRNS", "abc") + idat + png_end, true},
      {"TransparencyBeforePalette", palette + png_chunk("tRNS", "abc") + colours + idat + png_end,
       true},
      {"GammaOfZero", grey + png_chunk("gAMA", std::string(4, '\0')) + idat + png_end, true},
      {"UnknownAncillary", grey + png_chunk("abCd", "xyz") + idat + png_end, true},
      {"UnknownCritical", grey + png_chunk("ABCD", "xyz") + idat + png_end, false},
      {"NoPalette", palette + idat + png_end, false},
      {"EmptyPalette", palette + png_palette(0) + idat + png_end, false},
      {"LongPalette", palette + png_palette(257) + idat + png_end, false},
      {"PaletteBehindPixels", palette + idat + colours + png_end, false},
      {"TwoPalettes", palette + colours + colours + idat + png_end, true},
      {"GreyWithPalette", grey + colours + idat + png_end, true},
      {"TwoHeaders", grey + grey.substr(8) + idat + png_end, false},
      {"HeaderBehindPixels", grey + idat + grey.substr(8) + png_end, false},
      {"PixelsInTwoPlaces", grey + idat + text + png_chunk("IDAT", "x") + png_end, false},
      {"SplitByText",
       grey + png_chunk("IDAT", stream.substr(0, 30)) + text +
           png_chunk("IDAT", stream.substr(30)) + png_end,
       false},
      {"BytesBehindEnd", grey + idat + png_end + "x", false},
      {"ChunkBehindEnd", grey + idat + png_end + text, false},
      {"EndWithData", grey + idat + png_chunk("IEND", "x"), false},
      {"NoEnd", grey + idat, false},
      {"NoPixels", grey + png_end, false},
      {"EmptyPixels", grey + png_chunk("IDAT", "") + png_end, false},
      {"EndBeforePixels", grey + png_end + idat + png_end, false},
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
      {"MorePixelsThanTheStreamHolds", png_start(100, 1000, 0) + idat + png_end, false},
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
       {png_start(12, 40, 0) + text + png_pixels(stream, 40) + png_end,
        png_start(12, 40, 3) + png_palette(5) + png_pixels(stream, stream.size()) + png_end,
        png_start(12, 40, 0) + png_pixels(stored, stored.size()) + png_end}) {
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
      png_start(12, 40, 3) + png_palette(256) + png_pixels(pixels_of(blocks), 50) + png_end;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(std::to_string(size) + " bytes");
    const std::string cut = whole.substr(0, size);
    expect_same(cut);
    EXPECT_FALSE(fast(cut));
  }
}

}  // namespace
}  // namespace bitwhere::tool_test
