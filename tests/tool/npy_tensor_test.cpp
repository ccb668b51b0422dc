// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/npy_tensor.hpp"

#include "files.hpp"
#include "src/tool/failure.hpp"
#include "src/tool/npy_header.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

using tool::file_tensor;

file_tensor read_bytes(const std::string& bytes) {
  const auto* const first = reinterpret_cast<const std::byte*>(bytes.data());
  return tool::tensor_of_npy({first, first + bytes.size()});
}

std::string error_of(const std::string& bytes) {
  try {
    read_bytes(bytes);
  } catch (const tool::file_error& e) {
    return e.what();
  }
  return "none";
}

/// "(2, 3)", "(2,)", "()", as Python writes them.
std::string shape_text(const shape_t& shape) {
  std::string out = "(";
  for (const std::int64_t size : shape) out += std::to_string(size) + ", ";
  if (shape.size() > 1) out.resize(out.size() - 2);
  if (shape.size() == 1) out.pop_back();
  return out + ")";
}

struct npy_type {
  std::string name;
  dtype type;

  friend std::ostream& operator<<(std::ostream& out, const npy_type& t) { return out << t.name; }
};

class NpyTensor : public testing::TestWithParam<npy_type> {
 protected:
  /// Bytes that differ from each other.
  [[nodiscard]] static std::string elements(std::int64_t n) {
    std::string out;
    for (std::int64_t i = 0; i < n * GetParam().type.bytes(); ++i) {
      out += static_cast<char>(i * 37 + 1);
    }
    return out;
  }
};

TEST_P(NpyTensor, KeepsBytesShapesAndOrders) {
  const std::string data = elements(24);
  for (const shape_t& shape : {shape_t{24},
                               {4, 6},
                               {2, 3, 4},
                               {1, 24, 1},
                               {1, 2, 1, 3, 1, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}) {
    for (const bool fortran : {false, true}) {
      for (const char order : {'<', '='}) {
        const std::string header =
            npy_header_text(order + GetParam().name, fortran, shape_text(shape));
        const file_tensor read = read_bytes(frame_npy(header, data, fortran ? 2 : 1));
        EXPECT_TRUE(read.type == GetParam().type);
        EXPECT_EQ(read.shape, shape);
        EXPECT_EQ(std::string(reinterpret_cast<const char*>(read.data.get()), data.size()), data);
        const tensor_view view = read.view();
        EXPECT_EQ(view.size(), 24);
        EXPECT_TRUE(view.read_only());
        std::int64_t step = 1;
        for (std::size_t i = 0; i < shape.size(); ++i) {
          const std::size_t d = fortran ? i : shape.size() - 1 - i;
          EXPECT_EQ(view.strides()[d], step) << "dimension " << d;
          step *= shape[d];
        }
      }
    }
  }
}

TEST_P(NpyTensor, IsWrittenAsItIsRead) {
  for (const shape_t& shape : {shape_t{}, {0}, {5}, {0, 3}, {3, 0}, {2, 3}, {2, 1, 3}}) {
    std::int64_t n = 1;
    for (const std::int64_t size : shape) n *= size;
    std::string data = elements(n);
    const std::string file =
        tool::npy_of(view(static_cast<void*>(data.data()), GetParam().type, shape));
    EXPECT_EQ((file.size() - data.size()) % 64, 0U);
    const file_tensor read = read_bytes(file);
    EXPECT_TRUE(read.type == GetParam().type);
    EXPECT_EQ(read.shape, shape);
    EXPECT_EQ(file.substr(file.size() - data.size()), data);
  }
}

TEST_P(NpyTensor, RejectsEveryTruncation) {
  const std::string header = npy_header_text("<" + GetParam().name, false, "(2, 2)");
  const std::string whole = frame_npy(header, elements(4));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_NE(error_of(whole.substr(0, n)), "none") << n << " of " << whole.size() << " bytes";
  }
  EXPECT_NE(error_of(whole + "x").find("its header says (2, 2) elements of"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, NpyTensor,
                         testing::Values(npy_type{"b1", boolean}, npy_type{"u1", u8},
                                         npy_type{"i1", i8}, npy_type{"i2", i16},
                                         npy_type{"i4", i32}, npy_type{"i8", i64},
                                         npy_type{"f2", f16}, npy_type{"f4", f32},
                                         npy_type{"f8", f64}, npy_type{"c8", c64},
                                         npy_type{"c16", c128}),
                         [](const auto& one) { return one.param.name; });

TEST(NpyTensorFile, TakesSingleBytesInAnyOrder) {
  for (const char* descr : {"|u1", "<u1", ">u1", "=u1"}) {
    EXPECT_EQ(error_of(frame_npy(npy_header_text(descr, false, "(2,)"), "ab")), "none") << descr;
  }
}

TEST(NpyTensorFile, RejectsOtherTypes) {
  for (const char* descr : {">i2", ">f4", ">c16"}) {
    const std::string error = error_of(frame_npy(npy_header_text(descr, false, "()"), "0123"));
    EXPECT_NE(error.find("is big-endian; save it as '<" + std::string(descr).substr(1) + "'"),
              std::string::npos)
        << error;
  }
  for (const char* descr : {"<u2", "<u4", "<u8", "<f16", "|f4", "f4", "", "<", "|S5", "<U3", "|V2",
                            "<M8[s]", "|O", "<b2", "<c4"}) {
    const std::string error = error_of(frame_npy(npy_header_text(descr, false, "()"), "0123"));
    EXPECT_NE(error.find("known are bool, u8"), std::string::npos) << descr << ": " << error;
  }
}

TEST(NpyTensorFile, RejectsSizesTheFileDoesNotHave) {
  for (const char* shape : {"(2, 3)", "(5,)", "()", "(0,)", "(0, 4)", "(4294967296, 4294967296)",
                            "(4611686018427387904, 4)", "(0, 9223372036854775807, 2)",
                            "(9223372036854775807, 0, 2)", "(9223372036854775807,)"}) {
    const std::string error = error_of(frame_npy(npy_header_text("|u1", false, shape), "0123"));
    EXPECT_NE(error.find("its header says"), std::string::npos) << shape << ": " << error;
  }
  const std::string empty = npy_header_text("<f8", true, "(0, 9223372036854775807, 2)");
  EXPECT_NE(error_of(frame_npy(empty, "")), "none") << "no strides of it can be computed";
  std::string many;
  for (int i = 0; i < 17; ++i) many += "1, ";
  EXPECT_EQ(error_of(frame_npy(npy_header_text("|u1", false, "(" + many + ")"), "0")),
            "has 17 dimensions; up to 16 are read");
}

TEST(NpyTensorFile, RejectsWhatIsNone) {
  EXPECT_EQ(error_of(""), "is empty");
  EXPECT_EQ(error_of("PK, a zip"), "is not a .npy file");
}

TEST(NpyTensorFile, BeginsAsPythonWritesIt) {
  const std::string front = tool::npy_front("<i8", shape_t{3, 2});
  EXPECT_EQ(front.size(), 128U);
  EXPECT_EQ(front.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  const std::string text = "{'descr': '<i8', 'fortran_order': False, 'shape': (3, 2), }";
  EXPECT_EQ(front.substr(10), text + std::string(117 - text.size(), ' ') + "\n");
  EXPECT_NE(tool::npy_front("<i8", shape_t{3}).find("(3,)"), std::string::npos);
  EXPECT_NE(tool::npy_front("<i8", shape_t{}).find("()"), std::string::npos);
}

}  // namespace
}  // namespace bitwhere::tool_test
