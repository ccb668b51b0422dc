// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/picture.hpp"

#include "files.hpp"
#include "real_data.hpp"
#include "src/tool/failure.hpp"
#include "src/tool/picture_folder.hpp"

#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <bitwhere/color.hpp>

#include <array>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

using tool::picture;

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

picture read(const std::string& bytes) {
  const scratch_folder folder;
  write_text(folder / "a", bytes);  // the content decides, not the name
  return tool::read_picture(folder / "a");
}

std::string error_of(const std::string& bytes) {
  try {
    static_cast<void>(read(bytes));
  } catch (const tool::file_error& e) {
    return e.what();
  }
  return "none";
}

/// Smooth, so that a lossy format keeps it nearly.
std::array<int, 3> smooth(std::int64_t row, std::int64_t column) {
  return {static_cast<int>(40 + row * 3), static_cast<int>(60 + column * 2),
          static_cast<int>(200 - row - column)};
}

picture smooth_picture(std::int64_t height, std::int64_t width) {
  picture out = tool::make_picture(height, width);
  for (std::int64_t i = 0; i < height * width; ++i) {
    const auto pixel = smooth(i / width, i % width);
    for (std::size_t c = 0; c < 3; ++c) {
      out.rgb[static_cast<std::size_t>(3 * i) + c] = static_cast<std::uint8_t>(pixel[c]);
    }
  }
  return out;
}

void expect_near(const picture& found, std::int64_t height, std::int64_t width, int tolerance,
                 bool grey = false) {
  ASSERT_EQ(found.height, height);
  ASSERT_EQ(found.width, width);
  for (std::int64_t i = 0; i < height * width; ++i) {
    const auto expected = smooth(i / width, i % width);
    const std::uint8_t* pixel = found.rgb.get() + 3 * i;
    if (grey) {
      ASSERT_EQ(pixel[0], pixel[1]);
      ASSERT_EQ(pixel[0], pixel[2]);
      const int luma = (299 * expected[0] + 587 * expected[1] + 114 * expected[2]) / 1000;
      ASSERT_NEAR(pixel[0], luma, tolerance) << "pixel " << i;
      continue;
    }
    for (std::size_t c = 0; c < 3; ++c) {
      ASSERT_NEAR(pixel[c], expected[c], tolerance) << "pixel " << i << ", channel " << c;
    }
  }
}

TEST(Picture, PngKeepsEveryByte) {
  expect_near(read(text_of(tool::png_of(smooth_picture(37, 53)))), 37, 53, 0);
}

TEST(Picture, JpegKeepsWhatIsSmooth) {
  const picture written = smooth_picture(37, 53);
  const std::string good = text_of(tool::jpeg_of(written, 95));
  expect_near(read(good), 37, 53, 4);
  EXPECT_LT(tool::jpeg_of(written, 40).size(), good.size());
}

/// An APP1 segment with an orientation behind another entry, in either order of bytes.
std::string exif_segment(unsigned orientation, bool little) {
  const auto number = [&](unsigned value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) {
      out += static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i) & 255);
    }
    return out;
  };
  const std::string tiff = (little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) +
                           number(0x0100, 2) + number(3, 2) + number(1, 4) + number(6, 2) +
                           number(0, 2) + number(0x0112, 2) + number(3, 2) + number(1, 4) +
                           number(orientation, 2) + number(0, 2) + number(0, 4);
  const std::string body = std::string("Exif\0\0", 6) + tiff;
  return std::string("\xFF\xE1\0", 3) + static_cast<char>(body.size() + 2) + body;
}

/// The segment lies behind the first one, which JFIF wants there.
std::string jpeg_with(const std::string& segment) {
  std::string out = text_of(tool::jpeg_of(smooth_picture(8, 9), 90));
  return out.insert(20, segment);
}

class Orientation : public testing::TestWithParam<bool> {};

TEST_P(Orientation, OtherThanUprightIsAnErrorThatNamesIt) {
  for (unsigned orientation = 2; orientation <= 8; ++orientation) {
    EXPECT_EQ(error_of(jpeg_with(exif_segment(orientation, GetParam()))),
              "its EXIF orientation is " + std::to_string(orientation) +
                  ", not 1: turn its pixels as the label map has them, and remove it");
  }
  for (const unsigned none : {0U, 1U, 9U, 65535U}) {
    expect_near(read(jpeg_with(exif_segment(none, GetParam()))), 8, 9, 6);
  }
}

TEST_P(Orientation, IsReadWithinTheFile) {
  const std::string whole = exif_segment(6, GetParam());
  // The value has bytes 40 and 41; the first of them is all that a little-endian one needs.
  for (std::size_t size = 4; size < whole.size(); ++size) {
    std::string part = whole.substr(0, size);
    part[3] = static_cast<char>(size - 2);
    const bool knows = error_of(jpeg_with(part)).find("orientation is 6") != std::string::npos;
    EXPECT_EQ(knows, size >= (GetParam() ? 41U : 42U)) << size;
  }
  // Numbers that point out of it, and a directory of more entries than there are.
  for (std::size_t i = 10; i < whole.size(); ++i) {
    std::string other = whole;
    other[i] = '\xFF';
    static_cast<void>(error_of(jpeg_with(other)));
  }
  const std::string file = jpeg_with(whole);
  for (std::size_t size = 0; size < 80; ++size) {
    EXPECT_NE(error_of(file.substr(0, size)), "none") << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, Orientation, testing::Bool(),
                         [](const auto& one) { return one.param ? "little" : "big"; });

struct jpeg_kind {
  const char* name;
  int subsampling;
  int flags;

  friend std::ostream& operator<<(std::ostream& out, const jpeg_kind& kind) {
    return out << kind.name;
  }
};

/// A JPEG by the library's own encoder, of kinds that the tool does not write.
std::string encode_jpeg(const picture& from, const jpeg_kind& kind, int format = TJPF_RGB) {
  const std::unique_ptr<void, decltype(&tjDestroy)> jpeg(tjInitCompress(), &tjDestroy);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const int status = tjCompress2(jpeg.get(), from.rgb.get(), static_cast<int>(from.width), 0,
                                 static_cast<int>(from.height), format, &bytes, &size,
                                 kind.subsampling, 95, kind.flags);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owner(bytes, &tjFree);
  if (status != 0) throw std::runtime_error(tjGetErrorStr2(jpeg.get()));
  return {reinterpret_cast<const char*>(bytes), size};
}

class JpegKind : public testing::TestWithParam<jpeg_kind> {};

TEST_P(JpegKind, IsReadAsRgb) {
  const std::string bytes = encode_jpeg(smooth_picture(45, 70), GetParam());
  expect_near(read(bytes), 45, 70, 8, GetParam().subsampling == TJSAMP_GRAY);
}

// Cut anywhere, it is an error: decoders would paint the rest grey.
TEST_P(JpegKind, RejectsTruncation) {
  const std::string whole = encode_jpeg(smooth_picture(45, 70), GetParam());
  for (std::size_t n = 3; n < whole.size(); n += 17) {
    EXPECT_NE(error_of(whole.substr(0, n)), "none") << n << " of " << whole.size() << " bytes";
  }
  EXPECT_NE(error_of(whole.substr(0, whole.size() / 2)).find("JPEG"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    All, JpegKind,
    testing::Values(jpeg_kind{"baseline", TJSAMP_444, 0}, jpeg_kind{"halved", TJSAMP_420, 0},
                    jpeg_kind{"progressive", TJSAMP_444, TJFLAG_PROGRESSIVE},
                    jpeg_kind{"grey", TJSAMP_GRAY, 0},
                    jpeg_kind{"progressive_grey", TJSAMP_GRAY, TJFLAG_PROGRESSIVE}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Picture, RejectsCmyk) {
  picture four{30, 40};
  four.rgb = std::make_unique<std::uint8_t[]>(30 * 40 * 4);
  EXPECT_NE(error_of(encode_jpeg(four, {"", TJSAMP_444, 0}, TJPF_CMYK)).find("CMYK"),
            std::string::npos);
}

/// A JPEG whose frame header has been given another size.
std::string with_size(std::string jpeg, unsigned height, unsigned width) {
  const std::size_t frame = jpeg.find("\xFF\xC0");
  const std::array<unsigned, 4> size = {height >> 8, height & 255, width >> 8, width & 255};
  for (std::size_t i = 0; i < size.size(); ++i) {
    jpeg[frame + 5 + i] = static_cast<char>(size[i]);
  }
  return jpeg;
}

TEST(Picture, RejectsSizesTheFileCannotHold) {
  const std::string jpeg = text_of(tool::jpeg_of(smooth_picture(37, 53), 90));
  expect_near(read(with_size(jpeg, 37, 53)), 37, 53, 8);
  EXPECT_NE(error_of(with_size(jpeg, 65000, 65000)).find("cannot hold"), std::string::npos);
  EXPECT_NE(error_of(with_size(jpeg, 10000, 10000)).find("cannot hold"), std::string::npos);
  EXPECT_NE(error_of(with_size(jpeg, 370, 530)), "none");
  EXPECT_NE(error_of(with_size(jpeg, 0, 53)), "none");
}

// Whatever is damaged: an error or a picture, and nothing else happens.
TEST(Picture, SurvivesDamage) {
  const picture from = smooth_picture(21, 34);
  for (const std::string& whole : {text_of(tool::jpeg_of(from, 90)), text_of(tool::png_of(from)),
                                   encode_jpeg(from, {"", TJSAMP_420, TJFLAG_PROGRESSIVE})}) {
    int rejected = 0;
    for (std::size_t i = 2; i < whole.size(); i += 11) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x5A);
      rejected += error_of(damaged) == "none" ? 0 : 1;
    }
    EXPECT_GT(rejected, 0);
  }
}

TEST(Picture, RejectsWhatIsNone) {
  EXPECT_EQ(error_of(""), "is empty");
  EXPECT_EQ(error_of("GIF89a"), "is neither a PNG nor a JPEG file");
  EXPECT_EQ(error_of("\xFF\xD8"), "is neither a PNG nor a JPEG file");
  EXPECT_NE(error_of("\xFF\xD8\xFF\xE0").find("JPEG"), std::string::npos);
  const scratch_folder folder;
  EXPECT_THROW(static_cast<void>(tool::read_picture(folder / "none.png")), tool::file_error);
  EXPECT_THROW(static_cast<void>(tool::read_picture(folder.path())), tool::file_error);
}

// Greys, palettes and 16 bits become R, G, B; what encode_png's palettes hold is known.
TEST(Picture, ReadsEveryKindOfPng) {
  const labels ramp{2, 4, {0, 1, 2, 3, 3, 2, 1, 0}};
  const auto pixel = [](const picture& p, std::size_t i) {
    return color{p.rgb[3 * i], p.rgb[3 * i + 1], p.rgb[3 * i + 2]};
  };
  for (const bool interlaced : {false, true}) {
    const picture grey2 = read(encode_png(ramp, 2, SPNG_COLOR_TYPE_GRAYSCALE, interlaced));
    const picture grey8 = read(encode_png(ramp, 8, SPNG_COLOR_TYPE_GRAYSCALE, interlaced));
    const picture indexed = read(encode_png(ramp, 4, SPNG_COLOR_TYPE_INDEXED, interlaced));
    const labels wide{2, 4, {0, 257, 65535, 256 * 200, 0, 0, 0, 0}};
    const picture grey16 = read(encode_png(wide, 16, SPNG_COLOR_TYPE_GRAYSCALE, interlaced));
    for (std::size_t i = 0; i < 8; ++i) {
      const auto label = static_cast<std::uint8_t>(ramp.values[i]);
      const auto spread = static_cast<std::uint8_t>(85 * label);
      EXPECT_EQ(pixel(grey2, i), (color{spread, spread, spread}));
      EXPECT_EQ(pixel(grey8, i), (color{label, label, label}));
      EXPECT_EQ(pixel(indexed, i), (color{static_cast<std::uint8_t>(255 - label), 0, 0}));
      const auto high = static_cast<std::uint8_t>(wide.values[i] >> 8);
      EXPECT_EQ(pixel(grey16, i), (color{high, high, high}));
    }
  }
  for (const auto& [type, channels] : {std::pair{SPNG_COLOR_TYPE_TRUECOLOR, 3},
                                       {SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 4},
                                       {SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 2}}) {
    const picture black = read(encode_colour_png(3, 5, static_cast<std::uint8_t>(type),
                                                 static_cast<std::size_t>(channels)));
    EXPECT_EQ(black.height, 3);
    EXPECT_EQ(black.width, 5);
    EXPECT_EQ(pixel(black, 14), (color{0, 0, 0}));
  }
}

TEST(PictureFolder, FindsByNameWithoutExtension) {
  const scratch_folder folder;
  write_text(folder / "a.JPG", text_of(tool::jpeg_of(smooth_picture(8, 9), 90)));
  write_text(folder / "b.png", text_of(tool::png_of(smooth_picture(4, 5))));
  write_text(folder / "c.jpeg", "no picture");
  write_text(folder / ".a.png", "hidden");
  write_text(folder / "notes.txt", "no picture");
  const tool::picture_folder pictures("--images", folder.path());
  EXPECT_EQ(pictures.read("a").width, 9);
  EXPECT_EQ(pictures.read("b").width, 5);
  EXPECT_THROW(static_cast<void>(pictures.read("notes")), tool::file_error);
  try {
    static_cast<void>(pictures.read("c"));
    ADD_FAILURE();
  } catch (const tool::file_error& e) {
    EXPECT_EQ(e.what(), (folder / "c.jpeg").string() + ": is neither a PNG nor a JPEG file");
  }
}

TEST(PictureFolder, SaysWhatIsWrong) {
  const scratch_folder folder;
  EXPECT_THROW(tool::picture_folder("--images", folder.path()), tool::usage_error);
  EXPECT_THROW(tool::picture_folder("--images", folder / "none"), tool::usage_error);
  write_text(folder / "a.jpg", "");
  write_text(folder / "a.png", "");
  EXPECT_THROW(tool::picture_folder("--images", folder.path()), tool::usage_error);
}

// Photographs of a camera, by two formats.
TEST(Picture, ReadsRealPhotographs) {
  const auto jpegs = real_data("labelme");
  const auto pngs = real_data("camvid");
  if (jpegs.empty() || pngs.empty()) GTEST_SKIP() << no_real_data;
  const picture photo = tool::read_picture(jpegs / "images" / "2011_000003.jpg");
  EXPECT_EQ(photo.width, 500);
  EXPECT_EQ(photo.height, 338);
  const picture street = tool::read_picture(pngs / "images" / "0001TP_008550.png");
  EXPECT_EQ(street.width, 480);
  EXPECT_EQ(street.height, 360);
}

}  // namespace
}  // namespace bitwhere::tool_test
