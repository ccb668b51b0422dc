// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/png.hpp"

#include "files.hpp"
#include "src/tool/failure.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace bitwhere::tool_test {

namespace {

using tool::label_map;

/// Labels that use every bit; 11 columns, so that rows of few bits end inside a byte.
labels ramp(unsigned bits) {
  labels out{5, 11, {}};
  for (std::int64_t i = 0; i < 55; ++i)
    out.values.push_back((i * 1193) % (std::int64_t{1} << bits));
  return out;
}

void expect_labels(const label_map& read, const labels& expected) {
  ASSERT_EQ(read.height, expected.height);
  ASSERT_EQ(read.width, expected.width);
  for (std::int64_t i = 0; i < read.pixels(); ++i) {
    ASSERT_EQ(read.at(i / read.width, i % read.width), expected.values[static_cast<std::size_t>(i)])
        << "pixel " << i;
  }
}

std::string error_of(const std::string& bytes) {
  const scratch_folder folder;
  write_text(folder / "a.png", bytes);
  try {
    tool::read_png(folder / "a.png");
  } catch (const tool::file_error& e) {
    return e.what();
  }
  return "none";
}

struct png_kind {
  std::uint8_t bits;
  std::uint8_t colour_type;
  bool interlaced;

  [[nodiscard]] std::string name() const {
    const bool grey = colour_type == SPNG_COLOR_TYPE_GRAYSCALE;
    return (grey ? "grey" : "palette") + std::to_string(bits) + (interlaced ? "_interlaced" : "");
  }
  friend std::ostream& operator<<(std::ostream& out, const png_kind& kind) {
    return out << kind.name();
  }
};

class PngKind : public testing::TestWithParam<png_kind> {};

TEST_P(PngKind, GivesStoredValues) {
  const auto [bits, colour_type, interlaced] = GetParam();
  const labels written = ramp(bits);
  const scratch_folder folder;
  write_text(folder / "a.png", encode_png(written, bits, colour_type, interlaced));
  const label_map read = tool::read_png(folder / "a.png");
  EXPECT_TRUE(read.type == (bits == 16 ? i32 : u8));
  expect_labels(read, written);
}

INSTANTIATE_TEST_SUITE_P(All, PngKind,
                         testing::Values(png_kind{1, SPNG_COLOR_TYPE_GRAYSCALE, false},
                                         png_kind{2, SPNG_COLOR_TYPE_GRAYSCALE, false},
                                         png_kind{4, SPNG_COLOR_TYPE_GRAYSCALE, false},
                                         png_kind{8, SPNG_COLOR_TYPE_GRAYSCALE, false},
                                         png_kind{16, SPNG_COLOR_TYPE_GRAYSCALE, false},
                                         png_kind{1, SPNG_COLOR_TYPE_INDEXED, false},
                                         png_kind{2, SPNG_COLOR_TYPE_INDEXED, false},
                                         png_kind{4, SPNG_COLOR_TYPE_INDEXED, false},
                                         png_kind{8, SPNG_COLOR_TYPE_INDEXED, false},
                                         png_kind{2, SPNG_COLOR_TYPE_GRAYSCALE, true},
                                         png_kind{1, SPNG_COLOR_TYPE_INDEXED, true},

                                         png_kind{8, SPNG_COLOR_TYPE_INDEXED, true},
                                         png_kind{16, SPNG_COLOR_TYPE_GRAYSCALE, true}),
                         [](const auto& one) { return one.param.name(); });

TEST(Png, RejectsColour) {
  EXPECT_NE(error_of(encode_colour_png(3, 4, SPNG_COLOR_TYPE_TRUECOLOR, 3)).find("an RGB PNG"),
            std::string::npos);
  EXPECT_NE(
      error_of(encode_colour_png(3, 4, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 4)).find("an RGBA PNG"),
      std::string::npos);
  EXPECT_NE(error_of(encode_colour_png(3, 4, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 2))
                .find("a grey+alpha PNG"),
            std::string::npos);
}

TEST(Png, RejectsWhatIsNone) {
  EXPECT_EQ(error_of(""), "is empty");
  EXPECT_EQ(error_of("GIF89a, or so it says"), "is not a PNG file");
  EXPECT_EQ(error_of("\x89PNG"), "is not a PNG file");
}

TEST(Png, RejectsEveryTruncation) {
  const std::string whole = encode_png(ramp(8), 8);
  // The last four bytes, a checksum of nothing, are not looked at.
  for (std::size_t n = 8; n + 4 < whole.size(); ++n) {
    EXPECT_NE(error_of(whole.substr(0, n)), "none") << n << " of " << whole.size() << " bytes";
  }
  EXPECT_EQ(error_of(whole), "none");
}

TEST(Png, RejectsDamagedPixels) {
  std::string damaged = encode_png(ramp(8), 8);
  const std::size_t pixels = damaged.find("IDAT") + 10;
  damaged[pixels] = static_cast<char>(damaged[pixels] ^ 0x10);
  EXPECT_NE(error_of(damaged).find("damaged PNG"), std::string::npos);
}

/// The checksum that ends a chunk.
std::uint32_t crc32_of(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1) * 0xEDB88320;
  }
  return ~crc;
}

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
  return out;
}

/// A small PNG whose header has been given another width and height.
std::string with_size(std::uint32_t width, std::uint32_t height) {
  std::string png = encode_png(ramp(8), 8);
  png.replace(16, 8, big_endian(width) + big_endian(height));
  return png.replace(29, 4, big_endian(crc32_of(std::string_view(png).substr(12, 17))));
}

TEST(Png, RejectsSizesTheFileCannotHold) {
  EXPECT_EQ(error_of(with_size(11, 5)), "none");
  for (const auto& [width, height] : {std::pair<std::uint32_t, std::uint32_t>{0x7FFFFFFF, 1},
                                      {1, 0x7FFFFFFF},
                                      {0x7FFFFFFF, 0x7FFFFFFF},
                                      {65535, 65535},
                                      {1000, 1000}}) {
    EXPECT_NE(error_of(with_size(width, height)).find("cannot hold"), std::string::npos)
        << width << " x " << height;
  }
  EXPECT_NE(error_of(with_size(0, 5)), "none");
  EXPECT_NE(error_of(with_size(0x80000000, 5)), "none");
}

TEST(Png, RejectsWhatIsNoRegularFile) {
  const scratch_folder folder;
  EXPECT_THROW(tool::read_png(folder.path()), tool::file_error);
  EXPECT_THROW(tool::read_png(folder / "missing.png"), tool::file_error);
  EXPECT_THROW(tool::read_png("/dev/zero"), tool::file_error);
}

TEST(Png, ReadsWhatItWrote) {
  const scratch_folder folder;
  const labels written = ramp(8);
  label_map map = tool::make_label_map(u8, written.height, written.width);
  for (std::size_t i = 0; i < written.values.size(); ++i) {
    map.bytes[i] = static_cast<std::byte>(written.values[i]);
  }
  tool::write_png(folder / "a.png", map, palette(256));
  expect_labels(tool::read_png(folder / "a.png"), written);
}

}  // namespace
}  // namespace bitwhere::tool_test
