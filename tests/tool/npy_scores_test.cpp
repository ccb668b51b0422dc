// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/npy_scores.hpp"

#include "files.hpp"
#include "src/tool/failure.hpp"
#include "src/tool/label_map.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

using tool::score_map;

class NpyScores : public testing::Test {
 protected:
  score_map read(const std::string& bytes) {
    write_text(folder_ / "scores.npy", bytes);
    return tool::read_npy_scores(folder_ / "scores.npy");
  }

  std::string error_of(const std::string& bytes) {
    try {
      read(bytes);
    } catch (const tool::file_error& e) {
      return e.what();
    }
    return "none";
  }

  static std::string file(std::string_view descr, std::string_view shape, std::size_t data_bytes,
                          bool fortran = false) {
    return frame_npy(npy_header_text(descr, fortran, shape), std::string(data_bytes, '\0'));
  }

  scratch_folder folder_;
};

/// Element (class, row, column) of a view of f32.
float at(const tensor_view& view, std::int64_t c, std::int64_t row, std::int64_t column) {
  const auto strides = view.strides();
  const std::int64_t index = c * strides[0] + row * strides[1] + column * strides[2];
  float out = 0;
  std::memcpy(&out, static_cast<const std::byte*>(view.data()) + index * 4, 4);
  return out;
}

TEST_F(NpyScores, KeepTheOrderOfTheFile) {
  // Of 2 classes, 3 rows and 4 columns: value = 100 class + 10 row + column.
  for (const char* shape : {"(2, 3, 4)", "(1, 2, 3, 4)"}) {
    for (const bool fortran : {false, true}) {
      std::string data(96, '\0');
      for (int i = 0; i < 24; ++i) {
        const int c = fortran ? i % 2 : i / 12;
        const int row = fortran ? i / 2 % 3 : i / 4 % 3;
        const int column = fortran ? i / 6 : i % 4;
        const auto value = static_cast<float>(100 * c + 10 * row + column);
        std::memcpy(data.data() + 4 * i, &value, 4);
      }
      const score_map scores = read(frame_npy(npy_header_text("<f4", fortran, shape), data));
      EXPECT_EQ(scores.classes, 2);
      EXPECT_EQ(scores.height, 3);
      EXPECT_EQ(scores.width, 4);
      for (int c = 0; c < 2; ++c) {
        for (int row = 0; row < 3; ++row) {
          for (int column = 0; column < 4; ++column) {
            EXPECT_EQ(at(scores.view(), c, row, column),
                      static_cast<float>(100 * c + 10 * row + column))
                << shape << fortran;
          }
        }
      }
    }
  }
}

TEST_F(NpyScores, TakeThreeTypes) {
  EXPECT_EQ(read(file("<f2", "(2, 1, 3)", 12)).type, f16);
  EXPECT_EQ(read(file("<f4", "(2, 1, 3)", 24)).type, f32);
  EXPECT_EQ(read(file("<f8", "(2, 1, 3)", 48)).type, f64);
}

TEST_F(NpyScores, RejectOtherTypes) {
  for (const char* descr : {"<i4", "|u1", "<c8", "<f16", "|b1", "f4", "", "|f4"}) {
    EXPECT_NE(error_of(file(descr, "(1, 1, 1)", 4)).find("scores are '<f2', '<f4' or '<f8'"),
              std::string::npos)
        << descr;
  }
  EXPECT_EQ(error_of(file(">f4", "(1, 1, 1)", 4)),
            "holds elements of type '>f4'; scores are little-endian");
}

TEST_F(NpyScores, RejectOtherShapes) {
  for (const char* shape : {"()", "(4,)", "(2, 2)", "(2, 2, 1, 1)", "(1, 1, 2, 2, 1)"}) {
    EXPECT_NE(error_of(file("<f4", shape, 16)).find("scores are (C, H, W) or (1, C, H, W)"),
              std::string::npos)
        << shape;
  }
}

TEST_F(NpyScores, RejectSizesTheFileDoesNotHave) {
  for (const char* shape :
       {"(1, 2, 3)", "(1, 2147483648, 0)", "(4611686018427387904, 1, 4)",
        "(9223372036854775807, 9223372036854775807, 9223372036854775807)", "(1, 65536, 65536)",
        "(1, 4294967296, 4294967296)", "(2305843009213693952, 1, 2)"}) {
    EXPECT_NE(error_of(file("<f4", shape, 16)).find("its header says"), std::string::npos) << shape;
  }
}

TEST_F(NpyScores, RejectScoresOfNothing) {
  EXPECT_EQ(error_of(file("<f4", "(0, 2, 2)", 0)), "has no classes");
  EXPECT_EQ(error_of(file("<f4", "(1, 0, 2, 2)", 0)), "has no classes");
}

TEST_F(NpyScores, RejectEveryTruncation) {
  const std::string whole = file("<f2", "(2, 1, 3)", 12);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_NE(error_of(whole.substr(0, n)), "none") << n << " of " << whole.size() << " bytes";
  }
}

}  // namespace
}  // namespace bitwhere::tool_test
