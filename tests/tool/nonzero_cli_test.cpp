// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "files.hpp"
#include "src/tool/picture.hpp"
#include "src/tool/png.hpp"
#include "src/tool/scenes.hpp"
#include "src/tool/tensor_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using tool::file_tensor;

/// The elements of a row-major tensor from a file.
template <class T>
std::vector<T> elements_of(const file_tensor& from) {
  const auto values = from.view().span<const T>();
  return {values.begin(), values.end()};
}

class Nonzero : public testing::Test {
 protected:
  Nonzero() { write("x.npy", "<f4", "(2, 3)", bytes_of<float>({0, 1.5F, -2, 0.25F, -0.0F, 1})); }

  [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).string(); }

  void write(const std::string& name, const char* descr, const char* shape, const std::string& data,
             bool fortran = false) const {
    write_text(folder_ / name, frame_npy(npy_header_text(descr, fortran, shape), data));
  }

  [[nodiscard]] outcome run(const std::string& name, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"nonzero", at(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }

  /// What a run prints that goes well.
  [[nodiscard]] std::string printed(const std::string& name,
                                    const std::vector<std::string>& more = {}) const {
    const outcome done = run(name, more);
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.err, "");
    return done.out;
  }

  /// The hits of a run, read from the .npy file that it writes.
  [[nodiscard]] file_tensor hits(const std::string& name, std::vector<std::string> more) const {
    more.insert(more.end(), {"--out", at("hits.npy")});
    EXPECT_NE(printed(name, more).find(" of "), std::string::npos);
    return tool::read_tensor(folder_ / "hits.npy");
  }

  void expect_usage_error(const std::string& name, const std::vector<std::string>& more,
                          const std::string& part) const {
    const outcome done = run(name, more);
    EXPECT_EQ(done.code, 2) << testing::PrintToString(more);
    EXPECT_EQ(done.out, "");
    EXPECT_EQ(done.err.find("error: "), 0U) << done.err;
    EXPECT_NE(done.err.find(part), std::string::npos) << done.err;
    EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << done.err;
  }

  void expect_problem(const std::string& name, const std::string& text) const {
    const outcome done = run(name, {"--out", at("never.npy")});
    EXPECT_EQ(done.code, 1) << name;
    EXPECT_EQ(done.out, "");
    EXPECT_EQ(done.err, "problem: " + at(name) + ": " + text + "\n");
    EXPECT_FALSE(fs::exists(folder_ / "never.npy"));
  }

  scratch_folder folder_;
};

TEST_F(Nonzero, CountsWhatIsNotZero) { EXPECT_EQ(printed("x.npy"), "4 of 6\n"); }

TEST_F(Nonzero, CountsWhereAnExpressionHolds) {
  EXPECT_EQ(printed("x.npy", {"--where", "x > 0.5"}), "2 of 6\n");
  EXPECT_EQ(printed("x.npy", {"--where", "-2 < x && x <= 0.25"}), "3 of 6\n");
  EXPECT_EQ(printed("x.npy", {"--where", "!x"}), "2 of 6\n");
  EXPECT_EQ(printed("x.npy", {"--where", "x == inf or isnan(x)"}), "0 of 6\n");
  EXPECT_EQ(printed("x.npy", {"--where", "isfinite(x)"}), "6 of 6\n");
  EXPECT_EQ(printed("x.npy", {"--where=-1 > x"}), "1 of 6\n");
  EXPECT_EQ(printed("x.npy", {"--where", "-1 > x", "--threads", "1", "--device", "cpu"}),
            "1 of 6\n");
}

TEST_F(Nonzero, WritesIndicesInEveryForm) {
  const file_tensor rows = hits("x.npy", {"--where", "x > 0"});
  EXPECT_TRUE(rows.type == i64);
  EXPECT_EQ(rows.shape, (shape_t{3, 2}));
  EXPECT_EQ(elements_of<std::int64_t>(rows), (std::vector<std::int64_t>{0, 1, 1, 0, 1, 2}));
  const file_tensor columns = hits("x.npy", {"--where", "x > 0", "--form", "columns"});
  EXPECT_EQ(columns.shape, (shape_t{2, 3}));
  EXPECT_EQ(elements_of<std::int64_t>(columns), (std::vector<std::int64_t>{0, 1, 1, 1, 0, 2}));
  const file_tensor flat = hits("x.npy", {"--where", "x > 0", "--form", "flat", "--index", "i32"});
  EXPECT_TRUE(flat.type == i32);
  EXPECT_EQ(flat.shape, (shape_t{3}));
  EXPECT_EQ(elements_of<std::int32_t>(flat), (std::vector<std::int32_t>{1, 3, 5}));
}

TEST_F(Nonzero, WritesValues) {
  const file_tensor values = hits("x.npy", {"--where", "x > 0", "--values"});
  EXPECT_TRUE(values.type == f32);
  EXPECT_EQ(values.shape, (shape_t{3}));
  EXPECT_EQ(elements_of<float>(values), (std::vector<float>{1.5F, 0.25F, 1}));
}

TEST_F(Nonzero, PrintsAndWritesText) {
  const std::vector<std::string> where{"--where", "x > 0"};
  const auto text = [&](std::vector<std::string> more) {
    more.insert(more.end(), where.begin(), where.end());
    const std::string alone = printed("x.npy", [&] {
      std::vector<std::string> out = more;
      out.emplace_back("--text");
      return out;
    }());
    more.insert(more.end(), {"-o", at("hits.txt")});
    EXPECT_EQ(printed("x.npy", more), "3 of 6\n");
    EXPECT_EQ(read_text(folder_ / "hits.txt"), alone);
    return alone;
  };
  EXPECT_EQ(text({}), "0 1\n1 0\n1 2\n");
  EXPECT_EQ(text({"--form", "columns", "--index", "i32"}), "0 1 1\n1 0 2\n");
  EXPECT_EQ(text({"--form", "flat"}), "1\n3\n5\n");
  EXPECT_EQ(text({"--values"}), "1.5\n0.25\n1\n");
  EXPECT_EQ(printed("x.npy", {"--text", "--where", "x > 9"}), "");
  EXPECT_EQ(printed("x.npy", {"--text", "--out", at("both.npy")}), "0 1\n0 2\n1 0\n1 2\n");
  EXPECT_EQ(tool::read_tensor(folder_ / "both.npy").shape, (shape_t{4, 2}));
}

TEST_F(Nonzero, GoesRowByRowWhateverTheOrderOfTheFile) {
  const std::vector<std::int16_t> by_rows{1, 0, 2, 0, 3, 4};
  const std::vector<std::int16_t> by_columns{1, 0, 0, 3, 2, 4};
  write("c.npy", "<i2", "(2, 3)", bytes_of(by_rows));
  write("f.npy", "<i2", "(2, 3)", bytes_of(by_columns), true);
  for (const char* file : {"c.npy", "f.npy"}) {
    EXPECT_EQ(printed(file, {"--text"}), "0 0\n0 2\n1 1\n1 2\n");
    EXPECT_EQ(printed(file, {"--text", "--form", "flat"}), "0\n2\n4\n5\n");
    EXPECT_EQ(printed(file, {"--text", "--values", "--where", "x > 1"}), "2\n3\n4\n");
  }
}

struct typed_bytes {
  const char* descr;
  dtype type;
  std::string one;         ///< an element that is not zero
  const char* text;        ///< its value
  std::string other_zero;  ///< another zero, where there is one
};

TEST_F(Nonzero, TakesEveryType) {
  const double denormal = std::numeric_limits<double>::denorm_min();
  const std::vector<typed_bytes> types = {
      {"|b1", boolean, "\x01", "true", {}},
      {"|u1", u8, "\xFF", "255", {}},
      {"|i1", i8, "\xFE", "-2", {}},
      {"<i2", i16, bytes_of<std::int16_t>({-300}), "-300", {}},
      {"<i4", i32, bytes_of<std::int32_t>({1 << 24}), "16777216", {}},
      {"<i8", i64, bytes_of<std::int64_t>({INT64_MIN}), "-9223372036854775808", {}},
      {"<f2", f16, bytes_of<std::uint16_t>({0x3800}), "0.5", bytes_of<std::uint16_t>({0x8000})},
      {"<f4", f32, bytes_of<float>({INFINITY}), "inf", bytes_of<float>({-0.0F})},
      {"<f8", f64, bytes_of<double>({denormal}), "5e-324", bytes_of<double>({-0.0})},
      {"<c8", c64, bytes_of<float>({0, -2}), "0-2i", bytes_of<float>({-0.0F, 0})},
      {"<c16", c128, bytes_of<double>({1, 0.5}), "1+0.5i", bytes_of<double>({0, -0.0})},
  };
  for (const typed_bytes& t : types) {
    SCOPED_TRACE(t.descr);
    const std::string zero(t.one.size(), '\0');
    const std::string other = t.other_zero.empty() ? zero : t.other_zero;
    write("typed.npy", t.descr, "(5,)", zero + t.one + other + t.one + t.one);
    EXPECT_EQ(printed("typed.npy"), "3 of 5\n");
    EXPECT_EQ(printed("typed.npy", {"--where", "!x"}), "2 of 5\n");
    EXPECT_EQ(printed("typed.npy", {"--where", "isnan(x)"}), "0 of 5\n");
    EXPECT_EQ(printed("typed.npy", {"--text"}), "1\n3\n4\n");
    const std::string line = std::string(t.text) + "\n";
    EXPECT_EQ(printed("typed.npy", {"--text", "--values"}), line + line + line);
    const file_tensor values = hits("typed.npy", {"--values"});
    EXPECT_TRUE(values.type == t.type);
    EXPECT_EQ(values.shape, (shape_t{3}));
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(values.data.get()), 3 * t.one.size()),
              t.one + t.one + t.one);
    if (t.type.code != BW_COMPLEX) {
      EXPECT_EQ(printed("typed.npy", {"--where", "x == 0"}), "2 of 5\n");
    }
  }
}

TEST_F(Nonzero, TakesTensorsOfNoDimension) {
  write("one.npy", "<f8", "()", bytes_of<double>({2}));
  EXPECT_EQ(printed("one.npy"), "1 of 1\n");
  EXPECT_EQ(hits("one.npy", {}).shape, (shape_t{1, 0}));
  EXPECT_EQ(hits("one.npy", {"--form", "columns"}).shape, (shape_t{0, 1}));
  EXPECT_EQ(elements_of<std::int64_t>(hits("one.npy", {"--form", "flat"})),
            std::vector<std::int64_t>{0});
  EXPECT_EQ(elements_of<double>(hits("one.npy", {"--values"})), std::vector<double>{2});
  EXPECT_EQ(printed("one.npy", {"--text"}), "\n") << "a hit without an index";
  EXPECT_EQ(printed("one.npy", {"--where", "x > 2"}), "0 of 1\n");
  EXPECT_EQ(hits("one.npy", {"--where", "x > 2"}).shape, (shape_t{0, 0}));
}

TEST_F(Nonzero, TakesTensorsOfNoElements) {
  write("none.npy", "<i4", "(2, 0, 3)", "");
  EXPECT_EQ(printed("none.npy"), "0 of 0\n");
  EXPECT_EQ(printed("none.npy", {"--text"}), "");
  EXPECT_EQ(hits("none.npy", {}).shape, (shape_t{0, 3}));
  EXPECT_EQ(hits("none.npy", {"--form", "columns"}).shape, (shape_t{3, 0}));
  EXPECT_EQ(hits("none.npy", {"--form", "flat"}).shape, (shape_t{0}));
  EXPECT_EQ(hits("none.npy", {"--values"}).shape, (shape_t{0}));
}

TEST_F(Nonzero, FindingNothingIsNoError) {
  EXPECT_EQ(hits("x.npy", {"--where", "isnan(x)"}).shape, (shape_t{0, 2}));
  const file_tensor values = hits("x.npy", {"--where", "isnan(x)", "--values"});
  EXPECT_TRUE(values.type == f32);
  EXPECT_EQ(values.shape, (shape_t{0}));
  EXPECT_EQ(printed("x.npy", {"--where", "isnan(x)", "-o", at("none.txt")}), "0 of 6\n");
  EXPECT_EQ(read_text(folder_ / "none.txt"), "");
}

TEST_F(Nonzero, ReadsPngsOfLabels) {
  const labels map{2, 3, {0, 1, 0, 1, 1, 0}};
  for (const unsigned bits : {1U, 2U, 4U, 8U, 16U}) {
    write_text(folder_ / "grey.png", encode_png(map, static_cast<std::uint8_t>(bits)));
    EXPECT_EQ(printed("grey.png", {"--text"}), "0 1\n1 0\n1 1\n") << bits << " bits";
    EXPECT_TRUE(hits("grey.png", {"--values"}).type == (bits == 16 ? i32 : u8));
  }
  write_text(folder_ / "palette.png", encode_png({1, 3, {0, 200, 7}}, 8, SPNG_COLOR_TYPE_INDEXED));
  EXPECT_EQ(printed("palette.png", {"--text", "--values", "--where", "x > 7"}), "200\n");
  write_text(folder_ / "wide.png",
             encode_png({1, 2, {65535, 3}}, 16, SPNG_COLOR_TYPE_GRAYSCALE, true));
  EXPECT_EQ(printed("wide.png", {"--where", "x == 0xFFFF"}), "1 of 2\n");
}

TEST_F(Nonzero, ReadsPngsOfColours) {
  tool::picture seen = tool::make_picture(2, 2);
  std::fill_n(seen.rgb.get(), seen.bytes(), std::uint8_t{9});
  seen.rgb[4] = 0;
  seen.rgb[11] = 200;
  const std::vector<std::byte> file = tool::png_of(seen);
  write_text(folder_ / "rgb.png", {reinterpret_cast<const char*>(file.data()), file.size()});
  EXPECT_EQ(printed("rgb.png"), "11 of 12\n");
  EXPECT_EQ(printed("rgb.png", {"--text", "--where", "x != 9"}), "0 1 1\n1 1 2\n");
  write_text(folder_ / "rgba.png", encode_colour_png(3, 5, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 4));
  EXPECT_EQ(printed("rgba.png", {"--where", "x == 0"}), "60 of 60\n");
  EXPECT_EQ(tool::read_tensor(folder_ / "rgba.png").shape, (shape_t{3, 5, 4}));
}

TEST_F(Nonzero, ContentDecidesWhatAFileIs) {
  write_text(folder_ / "a.npy", encode_png({1, 2, {0, 1}}, 8));
  write_text(folder_ / "array", read_text(folder_ / "x.npy"));
  EXPECT_EQ(printed("a.npy"), "1 of 2\n");
  EXPECT_EQ(printed("array"), "4 of 6\n");
}

TEST_F(Nonzero, ReportsFilesThatAreNoArrays) {
  const std::string whole = read_text(folder_ / "x.npy");
  write_text(folder_ / "bad", "");
  expect_problem("bad", "is empty");
  write_text(folder_ / "bad", "PK, a zip");
  expect_problem("bad", "is neither a .npy nor a PNG file");
  write_text(folder_ / "bad", whole.substr(0, 60));
  expect_problem("bad", "its .npy header is cut off");
  write_text(folder_ / "bad", whole.substr(0, whole.size() - 1));
  expect_problem("bad", "its header says (2, 3) elements of 4 bytes, its data has 23");
  write("bad", "<f4", "(4611686018427387904, 4)", "0123");
  expect_problem("bad",
                 "its header says (4611686018427387904, 4) elements of 4 bytes, its data has 4");
  write("bad", "<f4", "(99999999999999999999,)", "");
  expect_problem("bad", "its .npy shape is absurd");
  write("bad", ">f4", "(1,)", "0123");
  expect_problem("bad", "holds elements of type '>f4', which is big-endian; save it as '<f4'");
  write("bad", "<u2", "(2,)", "0123");
  expect_problem("bad",
                 "holds elements of type '<u2'; known are bool, u8, i8, i16, i32, i64, f16, "
                 "f32, f64, c64 and c128");
  write_text(folder_ / "bad", encode_colour_png(2, 2, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 2));
  expect_problem("bad", "a grey+alpha PNG: grey, palette, RGB and RGBA are read");
  const std::string png = encode_colour_png(9, 9, SPNG_COLOR_TYPE_TRUECOLOR, 3);
  for (std::size_t n = 1; n < png.size() - 12; ++n) {
    write_text(folder_ / "bad", png.substr(0, n));
    EXPECT_EQ(run("bad", {}).code, 1) << n << " of " << png.size() << " bytes";
  }
  fs::create_symlink("/dev/null", folder_ / "device");
  expect_problem("device", "is not a regular file");
}

TEST_F(Nonzero, ReportsFilesThatMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  fs::permissions(folder_ / "x.npy", fs::perms::none);
  expect_problem("x.npy", "cannot be opened");
}

TEST_F(Nonzero, ShowsWhereAnExpressionIsWrong) {
  const outcome chain = run("x.npy", {"--where", "0 < x < 1"});
  EXPECT_EQ(chain.code, 2);
  EXPECT_EQ(chain.out, "");
  EXPECT_EQ(chain.err,
            "error: --where: comparisons do not chain: write 0 < x && x < ...\n"
            "  0 < x < 1\n"
            "        ^\n");
  EXPECT_EQ(run("x.npy", {"--where", "x >\t\x1B"}).err,
            "error: --where: \\x1B where x, a number, ! or ( is expected\n"
            "  x >\\x09\\x1B\n"
            "         ^\n");
  EXPECT_EQ(run("x.npy", {"--where", ""}).err, "error: --where: is empty\n  \n  ^\n");
  EXPECT_EQ(run("x.npy", {"--where="}).code, 2);
  write("z.npy", "<c8", "(1,)", bytes_of<float>({1, 1}));
  const outcome complex = run("z.npy", {"--where", "!x || x > 1"});
  EXPECT_EQ(complex.code, 2);
  EXPECT_NE(complex.err.find("complex numbers do not compare"), std::string::npos) << complex.err;
  EXPECT_NE(complex.err.find("\n  !x || x > 1\n        ^\n"), std::string::npos) << complex.err;
}

TEST_F(Nonzero, ExpressionsAreReadBeforeFiles) {
  EXPECT_NE(run("missing.npy", {"--where", "y"}).err.find("y is unknown"), std::string::npos);
}

TEST_F(Nonzero, RejectsWrongUsage) {
  EXPECT_EQ(run_tool({"nonzero"}).code, 2);
  EXPECT_EQ(run_tool({"nonzero", at("x.npy"), at("x.npy")}).code, 2);
  expect_usage_error("missing.npy", {}, "missing.npy: no such file or folder");
  expect_usage_error(".", {}, "is a folder");
  expect_usage_error("x.npy", {"--where"}, "--where");
  expect_usage_error("x.npy", {"--wrong"}, "--wrong");
  expect_usage_error("x.npy", {"--form", "diagonal"},
                     "--form diagonal: none of rows, columns, flat");
  expect_usage_error("x.npy", {"--index", "u8"}, "--index u8: none of i64, i32");
  expect_usage_error("x.npy", {"--values", "--form", "rows"}, "--form excludes --values");
  expect_usage_error("x.npy", {"--index", "i32", "--values"}, "excludes");
  write("long.npy", "|u1", "(0, 8589934592)", "");
  expect_usage_error("long.npy", {"--index", "i32", "--text"}, "do not fit i32");
  EXPECT_EQ(printed("long.npy", {"--text"}), "");
  expect_usage_error("x.npy", {"--threads", "0"}, "--threads");
  expect_usage_error("x.npy", {"--device", "abacus"}, "abacus");
}

TEST_F(Nonzero, RejectsPlacesThatCannotBeWritten) {
  expect_usage_error("x.npy", {"-o", at("hits.csv")}, "must end in .npy or .txt");
  expect_usage_error("x.npy", {"-o", "-"}, "must end in .npy or .txt");
  expect_usage_error("x.npy", {"-o", at("no/where.npy")}, "there is no folder");
  fs::create_directories(folder_ / "folder.npy");
  expect_usage_error("x.npy", {"-o", at("folder.npy")}, "is a folder");
  fs::create_symlink("/dev/full", folder_ / "full.npy");
  const outcome full = run("x.npy", {"-o", at("full.npy")});
  EXPECT_EQ(full.code, 3);
  EXPECT_EQ(full.out, "4 of 6\n");
  EXPECT_EQ(full.err,
            "error: " + at("full.npy") + ": cannot be written: No space left on device\n");
}

TEST_F(Nonzero, NeverOverwritesItsInput) {
  fs::create_symlink(folder_ / "x.npy", folder_ / "link.npy");
  fs::create_hard_link(folder_ / "x.npy", folder_ / "other.txt");
  const std::string before = read_text(folder_ / "x.npy");
  for (const char* out : {"x.npy", "./x.npy", "link.npy", "other.txt"}) {
    expect_usage_error("x.npy", {"-o", at(out)}, "would overwrite");
    EXPECT_EQ(read_text(folder_ / "x.npy"), before);
  }
  expect_usage_error("link.npy", {"-o", at("x.npy")}, "would overwrite");
}

TEST_F(Nonzero, FindsWhatANaiveLoopFindsInTheScenes) {
  for (int i = 0; i < tool::scene_count; ++i) {
    const tool::label_map scene = tool::draw_scene(i, tool::side::target);
    tool::write_png(folder_ / "scene.png", scene, tool::scene_palette());
    for (const std::int64_t label : {0, 5, 7, int{tool::scene_border}}) {
      std::string lines;
      std::int64_t count = 0;
      for (std::int64_t row = 0; row < scene.height; ++row) {
        for (std::int64_t column = 0; column < scene.width; ++column) {
          if (scene.at(row, column) != label) continue;
          lines += std::to_string(row) + " " + std::to_string(column) + "\n";
          ++count;
        }
      }
      const std::string where = "x == " + std::to_string(label);
      const std::string said =
          std::to_string(count) + " of " + std::to_string(scene.pixels()) + "\n";
      EXPECT_EQ(printed("scene.png", {"--where", where}), said);
      EXPECT_EQ(printed("scene.png", {"--where", where, "-o", at("hits.txt")}), said);
      EXPECT_TRUE(read_text(folder_ / "hits.txt") == lines) << where << " in scene " << i;
    }
  }
}

TEST_F(Nonzero, GivesTheSameOnEveryDevice) {
  const auto said = [&](const char* form, const std::string& device) {
    return printed("x.npy", {"--text", "--where", "x > 0", "--form", form, "--device", device});
  };
  for (const std::string& device : devices()) {
    for (const char* form : {"rows", "columns", "flat"}) {
      EXPECT_EQ(said(form, device), said(form, "cpu")) << device;
    }
    EXPECT_EQ(printed("x.npy", {"--device", device}), "4 of 6\n");
    EXPECT_EQ(printed("x.npy", {"--text", "--values", "--device", device}), "1.5\n-2\n0.25\n1\n");
  }
}

}  // namespace
}  // namespace bitwhere::tool_test
