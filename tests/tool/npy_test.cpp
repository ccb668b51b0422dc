// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/npy.hpp"

#include "files.hpp"
#include "src/tool/failure.hpp"
#include "src/tool/npy_header.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <ostream>
#include <string>

namespace bitwhere::tool_test {

namespace {

using tool::label_map;

label_map read_bytes(const std::string& bytes) {
  const scratch_folder folder;
  write_text(folder / "a.npy", bytes);
  return tool::read_npy(folder / "a.npy");
}

std::string error_of(const std::string& bytes) {
  try {
    read_bytes(bytes);
  } catch (const tool::file_error& e) {
    return e.what();
  }
  return "none";
}

void expect_labels(const label_map& read, const labels& expected) {
  ASSERT_EQ(read.height, expected.height);
  ASSERT_EQ(read.width, expected.width);
  for (std::int64_t i = 0; i < read.pixels(); ++i) {
    ASSERT_EQ(read.at(i / read.width, i % read.width), expected.values[static_cast<std::size_t>(i)])
        << "pixel " << i;
  }
}

struct npy_type {
  std::string name;
  dtype type;
  std::int64_t smallest;
  std::int64_t largest;

  friend std::ostream& operator<<(std::ostream& out, const npy_type& t) { return out << t.name; }
};

class NpyType : public testing::TestWithParam<npy_type> {};

TEST_P(NpyType, KeepsLabelsInEveryLayout) {
  const npy_type& t = GetParam();
  const labels written{2, 3, {t.smallest, t.largest, 1, t.largest - 1, 0, t.largest / 2}};
  std::string orders = "<>=";
  if (t.name[1] == '1') orders += '|';
  for (const char order : orders) {
    for (const unsigned version : {1U, 2U, 3U}) {
      for (const bool fortran : {false, true}) {
        SCOPED_TRACE(order + t.name + " version " + std::to_string(version) +
                     (fortran ? " fortran" : ""));
        const label_map read = read_bytes(encode_npy(written, order + t.name, fortran, version));
        EXPECT_TRUE(read.type == t.type);
        expect_labels(read, written);
      }
    }
  }
}

using limits = std::numeric_limits<std::int64_t>;

INSTANTIATE_TEST_SUITE_P(All, NpyType,
                         testing::Values(npy_type{"b1", u8, 0, 1}, npy_type{"u1", u8, 0, 255},
                                         npy_type{"i1", i8, -128, 127},
                                         npy_type{"u2", i32, 0, 65535},
                                         npy_type{"i2", i16, -32768, 32767},
                                         npy_type{"u4", i64, 0, 4294967295},
                                         npy_type{"i4", i32, -2147483648, 2147483647},
                                         npy_type{"u8", i64, 0, limits::max()},
                                         npy_type{"i8", i64, limits::min(), limits::max()}),
                         [](const auto& one) { return one.param.name; });

TEST(Npy, TakesEveryTrueForOne) {
  const label_map read = read_bytes(encode_npy({1, 4, {0, 1, 2, 255}}, "|b1"));
  expect_labels(read, {1, 4, {0, 1, 1, 1}});
}

TEST(Npy, TakesABatchOfOne) {
  const std::string data("\1\2\3\4\5\6", 6);
  for (const bool fortran : {false, true}) {
    const label_map read =
        read_bytes(frame_npy(npy_header_text("|u1", fortran, "(1, 2, 3)"), data));
    expect_labels(read,
                  fortran ? labels{2, 3, {1, 3, 5, 2, 4, 6}} : labels{2, 3, {1, 2, 3, 4, 5, 6}});
  }
}

TEST(Npy, TakesMapsWithoutPixels) {
  const label_map read = read_bytes(frame_npy(npy_header_text("|u1", false, "(0, 7)"), ""));
  EXPECT_EQ(read.pixels(), 0);
}

TEST(Npy, RejectsLabelsAboveInt64) {
  const std::string header = npy_header_text("<u8", false, "(1, 1)");
  const std::string error = error_of(frame_npy(header, std::string(7, '\0') + "\x80"));
  EXPECT_EQ(error, "holds 9223372036854775808, which is above the largest label 2^63-1");
}

TEST(Npy, RejectsOtherTypes) {
  for (const char* descr : {"<f4", "<f8", "<f2", "<c8", "|S5", "<U3", "|V4", "<i3", "|i4", "|O",
                            "<M8[s]", "i4", "", "<b2", "<i16"}) {
    const std::string error =
        error_of(frame_npy(npy_header_text(descr, false, "(1, 1)"), "01234567"));
    EXPECT_NE(error.find("label maps hold integers"), std::string::npos) << descr << ": " << error;
  }
  EXPECT_NE(error_of(frame_npy("{'descr': [('a', '<i4')], 'fortran_order': False, "
                               "'shape': (1, 1), }\n",
                               "0123"))
                .find("records"),
            std::string::npos);
}

TEST(Npy, RejectsOtherShapes) {
  for (const char* shape : {"()", "(4,)", "(2, 2, 1)", "(4, 1, 1)", "(1, 1, 2, 2)"}) {
    const std::string error = error_of(frame_npy(npy_header_text("|u1", false, shape), "0123"));
    EXPECT_NE(error.find("a label map is (H, W) or (1, H, W)"), std::string::npos)
        << shape << ": " << error;
  }
}

TEST(Npy, RejectsSizesTheFileDoesNotHave) {
  for (const char* shape :
       {"(2, 3)", "(1, 3)", "(4294967296, 4294967296)", "(4611686018427387904, 4)",
        "(9223372036854775807, 9223372036854775807)", "(0, 9223372036854775807)", "(2147483648, 1)",
        "(1, 65536, 65536)", "(0, 4)"}) {
    const std::string error = error_of(frame_npy(npy_header_text("|u1", false, shape), "0123"));
    EXPECT_NE(error.find("its header says"), std::string::npos) << shape << ": " << error;
  }
  EXPECT_EQ(error_of(frame_npy(npy_header_text("|u1", false, "(99999999999999999999, 1)"), "")),
            "its .npy shape is absurd");
}

TEST(Npy, RejectsEveryTruncation) {
  for (const unsigned version : {1U, 2U}) {
    const std::string whole = encode_npy({2, 3, {1, 2, 3, 4, 5, 6}}, "<i4", false, version);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      EXPECT_NE(error_of(whole.substr(0, n)), "none") << n << " of " << whole.size() << " bytes";
    }
  }
}

TEST(Npy, RejectsWhatIsNone) {
  EXPECT_EQ(error_of(""), "is empty");
  EXPECT_EQ(error_of("PK, a zip"), "is not a .npy file");
  EXPECT_EQ(error_of(frame_npy("{}", "", 4)), ".npy version 4.0 is not known");
  EXPECT_EQ(error_of(frame_npy("{}", "", 0)), ".npy version 0.0 is not known");
}

TEST(NpyHeader, TakesWhatPythonWrites) {
  const tool::npy_header header =
      tool::parse_npy_header("{\"shape\": (3L, 40L), 'fortran_order': True, 'descr': '<i4'}   \n");
  EXPECT_EQ(header.descr, "<i4");
  EXPECT_TRUE(header.fortran_order);
  EXPECT_EQ(header.shape, (std::vector<std::int64_t>{3, 40}));
}

TEST(NpyHeader, RejectsMalformedTexts) {
  const char* good = "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 4), }";
  EXPECT_NO_THROW(tool::parse_npy_header(good));
  for (std::size_t n = 0; n + 1 < std::string(good).size(); ++n) {
    EXPECT_THROW(tool::parse_npy_header(std::string(good).substr(0, n)), tool::file_error) << n;
  }
  for (const char* text :
       {"{}", "[]", "{'descr': '<i4', 'fortran_order': False, }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 4), 'more': 1, }",
        "{'descr': '<i4', 'descr': '<i4', 'fortran_order': False, 'shape': (3, 4), }",
        "{'descr': '<i4', 'fortran_order': false, 'shape': (3, 4), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': [3, 4], }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (3, -4), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (3 4), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (3,,4), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (3.0, 4), }",
        "{'descr': '<i4' 'fortran_order': False, 'shape': (3, 4), }",
        "{'descr': '<\\x694', 'fortran_order': False, 'shape': (3, 4), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 4), } and more"}) {
    EXPECT_THROW(tool::parse_npy_header(text), tool::file_error) << text;
  }
}

}  // namespace
}  // namespace bitwhere::tool_test
