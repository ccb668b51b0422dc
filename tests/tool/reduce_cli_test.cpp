// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "files.hpp"
#include "src/tool/numbers.hpp"
#include "src/tool/tensor_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using tool::file_tensor;

template <class T>
std::vector<T> elements_of(const file_tensor& from) {
  const auto values = from.view().span<const T>();
  return {values.begin(), values.end()};
}

class Reduce : public testing::Test {
 protected:
  Reduce() { write("x.npy", "<f4", "(2, 3)", bytes_of<float>({0, 1.5F, -2, 0.25F, -0.0F, 1})); }

  [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).string(); }

  void write(const std::string& name, const char* descr, const std::string& shape,
             const std::string& data, bool fortran = false) const {
    write_text(folder_ / name, frame_npy(npy_header_text(descr, fortran, shape), data));
  }

  [[nodiscard]] outcome run(const std::string& name, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"reduce", at(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }

  /// What a run prints that goes well.
  [[nodiscard]] std::string printed(const std::string& name,
                                    const std::vector<std::string>& more) const {
    const outcome done = run(name, more);
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.err, "");
    return done.out;
  }

  [[nodiscard]] outcome merge(const std::vector<std::string>& files,
                              const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"reduce", "--merge"};
    for (const std::string& file : files) arguments.push_back(at(file));
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }

  [[nodiscard]] nlohmann::json json(const std::string& name, std::vector<std::string> more) const {
    more.emplace_back("--json");
    return nlohmann::json::parse(printed(name, more));
  }

  static void expect_usage(const outcome& done, const std::string& part) {
    EXPECT_EQ(done.code, 2) << done.err;
    EXPECT_EQ(done.out, "");
    EXPECT_EQ(done.err.find("error: "), 0U) << done.err;
    EXPECT_NE(done.err.find(part), std::string::npos) << done.err;
    EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << done.err;
  }
  void expect_usage_error(const std::string& name, const std::vector<std::string>& more,
                          const std::string& part) const {
    expect_usage(run(name, more), part);
  }

  static void expect_problem(const outcome& done, const std::string& text) {
    EXPECT_EQ(done.code, 1) << done.err;
    EXPECT_EQ(done.out, "");
    EXPECT_EQ(done.err, "problem: " + text + "\n");
  }

  scratch_folder folder_;
};

TEST_F(Reduce, GivesOneNumber) {
  EXPECT_EQ(printed("x.npy", {"--sum"}), "sum     0.75\n");
  EXPECT_EQ(printed("x.npy", {"--mean"}), "mean    0.125\n");
  EXPECT_EQ(printed("x.npy", {"--count"}), "count   6\n");
  EXPECT_EQ(printed("x.npy", {"--min"}), "min     -2\n");
  EXPECT_EQ(printed("x.npy", {"--max"}), "max     1.5\n");
  EXPECT_EQ(printed("x.npy", {"--argmin"}), "argmin  2\n");
  EXPECT_EQ(printed("x.npy", {"--argmax"}), "argmax  1\n");
}

TEST_F(Reduce, GivesSeveralAtOnceInOneOrder) {
  EXPECT_EQ(printed("x.npy", {"--argmax", "--sum", "--count"}),
            "sum     0.75\ncount   6\nargmax  1\n");
}

TEST_F(Reduce, TakesWhatAnExpressionSelects) {
  EXPECT_EQ(printed("x.npy", {"--sum", "--count", "--mean", "--where", "x > 0"}),
            "sum     2.75\nmean    0.9166667\ncount   3\n");
  EXPECT_EQ(printed("x.npy", {"--argmax", "--min", "--where", "x < 1"}), "min     -2\nargmax  3\n");
}

TEST_F(Reduce, SumsExactly) {
  write("d.npy", "<f8", "(3,)", bytes_of<double>({1e16, 1, -1e16}));
  EXPECT_EQ(printed("d.npy", {"--sum"}), "sum     1\n");
  write("d.npy", "<f8", "(3,)", bytes_of<double>({1e308, 1e308, -1e308}));
  EXPECT_EQ(printed("d.npy", {"--sum"}), "sum     1e+308\n") << "math.fsum overflows";
  const float step = 0x1p-24F;
  write("f.npy", "<f4", "(3,)", bytes_of<float>({1, step, step * step}));
  EXPECT_EQ(printed("f.npy", {"--sum"}), "sum     1.0000001\n") << "one rounding, not two";
}

TEST_F(Reduce, PrintsAsManyDigitsAsTellTheBits) {
  tool::number_source numbers(5);
  for (int i = 0; i < 200; ++i) {
    const auto bits = static_cast<std::uint32_t>(numbers.next());
    const float value = std::bit_cast<float>(bits);
    if (std::isnan(value)) continue;
    write("one.npy", "<f4", "()", bytes_of<float>({value}));
    const std::string text = printed("one.npy", {"--max"}).substr(8);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(std::strtof(text.c_str(), nullptr)), bits) << text;
    const double wide = std::bit_cast<double>(numbers.next());
    if (std::isnan(wide)) continue;
    write("one.npy", "<f8", "()", bytes_of<double>({wide}));
    const std::string long_text = printed("one.npy", {"--min"}).substr(8);
    EXPECT_EQ(std::strtod(long_text.c_str(), nullptr), wide) << long_text;
  }
}

TEST_F(Reduce, ReducesDimensions) {
  EXPECT_EQ(printed("x.npy", {"--sum", "--dims", "0"}), "sum     (3)\n  0.25 1.5 -1\n");
  EXPECT_EQ(printed("x.npy", {"--argmax", "--dims", "1"}), "argmax  (2)\n  1 2\n");
  EXPECT_EQ(printed("x.npy", {"--argmax", "--dims", "-1"}), "argmax  (2)\n  1 2\n");
  EXPECT_EQ(printed("x.npy", {"--max", "--dims=-2"}), "max     (3)\n  0.25 1.5 1\n");
  EXPECT_EQ(printed("x.npy", {"--max", "--dims", "1,0"}), "max     1.5\n");
  EXPECT_EQ(printed("x.npy", {"--sum", "--dims", "1", "--keepdim"}),
            "sum     (2, 1)\n  -0.5\n  1.25\n");
  EXPECT_EQ(printed("x.npy", {"--sum", "--keepdim"}), "sum     (1, 1)\n  0.75\n");
  EXPECT_EQ(printed("x.npy", {"--count", "--dims", "0", "--where", "x > 0"}),
            "count   (3)\n  1 1 1\n");
}

TEST_F(Reduce, GoesByTheShapeWhateverTheOrderOfTheFile) {
  write("f.npy", "<i2", "(2, 3)", bytes_of<std::int16_t>({1, 4, 2, 5, 3, 6}), true);
  EXPECT_EQ(printed("f.npy", {"--argmax", "--sum"}), "sum     21\nargmax  5\n");
  EXPECT_EQ(printed("f.npy", {"--sum", "--dims", "1"}), "sum     (2)\n  6 15\n");
}

TEST_F(Reduce, RoundsToAChosenType) {
  write("f.npy", "<f4", "(2,)", bytes_of<float>({1, 0x1p-30F}));
  EXPECT_EQ(printed("f.npy", {"--sum"}), "sum     1\n");
  EXPECT_EQ(printed("f.npy", {"--sum", "--dtype", "f64"}), "sum     1.0000000009313226\n");
  EXPECT_EQ(printed("x.npy", {"--sum", "--dtype", "bf16"}), "sum     0.75\n");
  EXPECT_EQ(printed("x.npy", {"--sum", "--where", "x > 1", "--dtype", "f16", "--max"}),
            "sum     1.5\nmax     1.5\n");
}

TEST_F(Reduce, KeepsIntegersWhole) {
  write("i.npy", "<i8", "(3,)", bytes_of<std::int64_t>({INT64_MAX, 1, 2}));
  EXPECT_EQ(printed("i.npy", {"--sum", "--max", "--min"}),
            "sum     -9223372036854775806\nmin     1\nmax     9223372036854775807\n");
  EXPECT_EQ(printed("i.npy", {"--mean", "--dtype", "f64"}), "mean    3.0744573456182584e+18\n");
  write("b.npy", "|b1", "(4,)", std::string("\1\0\1\1", 4));
  EXPECT_EQ(printed("b.npy", {"--sum", "--mean", "--max", "--argmin"}),
            "sum     3\nmean    0.75\nmax     true\nargmin  1\n");
  write("u.npy", "|u1", "(2,)", "\xFF\xFE");
  EXPECT_EQ(printed("u.npy", {"--sum", "--mean", "--min"}),
            "sum     509\nmean    254.5\nmin     254\n");
}

TEST_F(Reduce, TakesHalves) {
  write("h.npy", "<f2", "(3,)", bytes_of<std::uint16_t>({0x3C00, 0x1000, 0xC000}));
  EXPECT_EQ(printed("h.npy", {"--sum", "--min"}), "sum     -0.99951171875\nmin     -2\n");
}

TEST_F(Reduce, SaysWhatNothingIs) {
  write("none.npy", "<f4", "(0, 3)", "");
  const std::vector<std::string> all{"--sum", "--mean",   "--count", "--min",
                                     "--max", "--argmin", "--argmax"};
  const std::string of_nothing =
      "sum     0\nmean    nan\ncount   0\nmin     nan\nmax     nan\nargmin  -1\nargmax  -1\n";
  EXPECT_EQ(printed("none.npy", all), of_nothing);
  std::vector<std::string> where = all;
  where.insert(where.end(), {"--where", "x > 9"});
  EXPECT_EQ(printed("x.npy", where), of_nothing);
  EXPECT_EQ(printed("x.npy", {"--mean", "--where", "x > 9", "--empty", "zero"}), "mean    0\n");
  EXPECT_EQ(printed("x.npy", {"--mean", "--where", "x > 9", "--empty", "nan"}), "mean    nan\n");
  EXPECT_EQ(printed("none.npy", {"--sum", "--dims", "1"}), "sum     (0)\n");
  write("none.npy", "<i4", "(2, 0)", "");
  EXPECT_EQ(printed("none.npy", {"--max", "--argmax", "--dims", "1"}),
            "max     (2)\n  0 0\nargmax  (2)\n  -1 -1\n");
}

TEST_F(Reduce, PrintsJson) {
  const nlohmann::json found = json("x.npy", {"--mean", "--argmax", "--where", "x > 0"});
  EXPECT_EQ(found["file"], at("x.npy"));
  EXPECT_EQ(found["dtype"], "f32");
  ASSERT_EQ(found["results"].size(), 2U);
  const nlohmann::json& mean = found["results"][0];
  EXPECT_EQ(mean["reducer"], "mean");
  EXPECT_EQ(mean["dtype"], "f32");
  EXPECT_EQ(mean["shape"], nlohmann::json::array());
  EXPECT_EQ(mean["of_nothing"], 0);
  EXPECT_EQ(mean["bits"], nlohmann::json({"0x3f6aaaab"}));
  EXPECT_EQ(static_cast<float>(mean["values"][0].get<double>()), 2.75F / 3);
  EXPECT_EQ(found["results"][1]["values"], nlohmann::json({1}));
  EXPECT_EQ(found["results"][1]["bits"], nlohmann::json({"0x0000000000000001"}));

  const nlohmann::json rows = json("x.npy", {"--min", "--dims", "1", "--where", "x > 1"});
  EXPECT_EQ(rows["results"][0]["of_nothing"], 1);
  EXPECT_EQ(rows["results"][0]["shape"], nlohmann::json({2}));
  EXPECT_EQ(rows["results"][0]["bits"], nlohmann::json({"0x3fc00000", "0x7fc00000"}));
  EXPECT_TRUE(rows["results"][0]["values"][1].is_null());
  write("b.npy", "|b1", "(1,)", "\1");
  EXPECT_EQ(json("b.npy", {"--max"})["results"][0]["values"], nlohmann::json({true}));
}

TEST_F(Reduce, WritesResults) {
  EXPECT_EQ(printed("x.npy", {"--max", "--dims", "0", "--out", at("max.npy")}),
            "max     (3)\n  0.25 1.5 1\n");
  const file_tensor largest = tool::read_tensor(folder_ / "max.npy");
  EXPECT_TRUE(largest.type == f32);
  EXPECT_EQ(largest.shape, (shape_t{3}));
  EXPECT_EQ(elements_of<float>(largest), (std::vector<float>{0.25F, 1.5F, 1}));
  EXPECT_EQ(printed("x.npy", {"--argmin", "-o", at("at.NPY")}), "argmin  2\n");
  const file_tensor index = tool::read_tensor(folder_ / "at.NPY");
  EXPECT_TRUE(index.type == i64);
  EXPECT_TRUE(index.shape.empty());
  EXPECT_EQ(elements_of<std::int64_t>(index), std::vector<std::int64_t>{2});
}

TEST_F(Reduce, LargeResultsAreForFiles) {
  const std::vector<float> values(2002, 0.5F);
  write("large.npy", "<f4", "(1001, 2)", bytes_of(values));
  const std::vector<std::string> rows{"--sum", "--dims", "1"};
  expect_usage_error("large.npy", rows, "1001 values, and up to 1000 are printed; --out");
  std::vector<std::string> to_file = rows;
  to_file.insert(to_file.end(), {"-o", at("sums.npy")});
  EXPECT_EQ(printed("large.npy", to_file), "sum     (1001)\n");
  EXPECT_EQ(elements_of<float>(tool::read_tensor(folder_ / "sums.npy")),
            std::vector<float>(1001, 1));
  const nlohmann::json found = json("large.npy", to_file);
  EXPECT_EQ(found["results"][0]["shape"], nlohmann::json({1001}));
  EXPECT_FALSE(found["results"][0].contains("values"));
}

TEST_F(Reduce, ReadsPngs) {
  write_text(folder_ / "labels.png", encode_png({2, 3, {0, 7, 255, 7, 1, 0}}, 8));
  EXPECT_EQ(printed("labels.png", {"--count", "--where", "x == 7"}), "count   2\n");
  EXPECT_EQ(printed("labels.png", {"--max", "--argmax", "--where", "x != 255"}),
            "max     7\nargmax  1\n");
}

/// Elements of wide spread, some of them not finite.
std::vector<float> wide_values(std::size_t n) {
  tool::number_source numbers(9);
  std::vector<float> out;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t bits = numbers.next();
    const float sign = (bits & 1) != 0 ? -1.F : 1.F;
    out.push_back(sign * std::ldexp(1 + static_cast<float>(bits >> 41) * 0x1p-23F,
                                    static_cast<int>(bits >> 1 & 127) - 63));
    if (i % 37 == 5) out.back() = std::numeric_limits<float>::quiet_NaN();
  }
  return out;
}

class ReduceParts : public Reduce {
 protected:
  static constexpr std::size_t ends[] = {0, 1, 700, 701, 3000};

  ReduceParts() {
    write("whole.npy", "<f4", "(3000,)", bytes_of(values_));
    for (std::size_t k = 0; k < 4; ++k) {
      const std::vector<float> part(values_.begin() + static_cast<std::ptrdiff_t>(ends[k]),
                                    values_.begin() + static_cast<std::ptrdiff_t>(ends[k + 1]));
      write(part_name(k), "<f4", "(" + std::to_string(part.size()) + ",)", bytes_of(part));
    }
  }

  static std::string part_name(std::size_t k) { return "part" + std::to_string(k) + ".npy"; }
  static std::string state_name(std::size_t k) { return "state" + std::to_string(k) + ".npy"; }

  /// Writes the partials of all parts.
  void make_partials(const std::string& by) const {
    for (std::size_t k = 0; k < 4; ++k) {
      std::vector<std::string> options{by, "--where", "isfinite(x)", "--partial",
                                       at(state_name(k))};
      if (by.starts_with("--arg")) {
        options.insert(options.end(), {"--first-index", std::to_string(ends[k])});
      }
      const std::string alone = printed(part_name(k), {options.begin(), options.begin() + 3});
      if (!by.starts_with("--arg")) {
        EXPECT_EQ(printed(part_name(k), options), alone);
      } else {
        EXPECT_EQ(run(part_name(k), options).code, 0);
      }
    }
  }

  const std::vector<float> values_ = wide_values(3000);
};

TEST_F(ReduceParts, MergeToTheBitsOfTheWhole) {
  for (const char* by : {"--sum", "--mean", "--count", "--min", "--max", "--argmin", "--argmax"}) {
    const std::string whole = printed("whole.npy", {by, "--where", "isfinite(x)"});
    make_partials(by);
    for (const auto& order : {std::vector<std::size_t>{0, 1, 2, 3}, {3, 1, 0, 2}}) {
      std::vector<std::string> files;
      for (const std::size_t k : order) files.push_back(state_name(k));
      const outcome done = merge(files, {"--of", "f32", by});
      EXPECT_EQ(done.code, 0) << done.err;
      EXPECT_EQ(done.out, whole);
    }
  }
}

TEST_F(ReduceParts, MergeInSteps) {
  make_partials("--sum");
  EXPECT_EQ(
      merge({"state3.npy", "state0.npy"}, {"--of", "f32", "--sum", "--partial", at("left.npy")})
          .code,
      0);
  const outcome done =
      merge({"left.npy", "state2.npy", "state1.npy"},
            {"--of", "f32", "--sum", "--mean", "--count", "--dtype", "f64", "--json"});
  EXPECT_EQ(done.code, 0) << done.err;
  const nlohmann::json merged = nlohmann::json::parse(done.out);
  EXPECT_EQ(merged["merged"].size(), 3U);
  EXPECT_EQ(merged["results"], json("whole.npy", {"--sum", "--mean", "--count", "--dtype", "f64",
                                                  "--where", "isfinite(x)"})["results"]);
}

TEST_F(ReduceParts, HaveOnePartialForEachOutput) {
  write("rows.npy", "<f4", "(3, 1000)", bytes_of(values_));
  const std::string state = at("rows_state.npy");
  const std::string rows = printed("rows.npy", {"--max", "--dims", "1", "--partial", state});
  EXPECT_EQ(tool::read_tensor(state).shape, (shape_t{3, 7}));
  EXPECT_EQ(merge({"rows_state.npy", "rows_state.npy"}, {"--of", "f32", "--max"}).out, rows);
}

TEST_F(ReduceParts, OfAnotherKindAreRejected) {
  make_partials("--max");
  const auto rejected = [&](const std::vector<std::string>& files,
                            const std::vector<std::string>& more,
                            const std::string& text) { expect_problem(merge(files, more), text); };
  rejected({"state0.npy"}, {"--of", "f32", "--sum"},
           at("state0.npy") +
               ": holds i64 (7); partials of sum of f32 are i64 of 19 words each, in C order");
  const std::string other =
      ": holds partials of another kind than min of f32, or none at all: 1 of 1, first number 0";
  rejected({"state0.npy"}, {"--of", "f32", "--min"}, at("state0.npy") + other);
  rejected({"whole.npy"}, {"--of", "f64", "--mean"},
           at("whole.npy") +
               ": holds f32 (3000); partials of mean of f64 are i64 of 76 words each, in C order");
  write("junk.npy", "<i8", "(7,)", bytes_of<std::int64_t>({3, 1, 4, 1, 5, 9, 2}));
  rejected({"state0.npy", "junk.npy"}, {"--of", "f32", "--max"},
           at("junk.npy") +
               ": holds partials of another kind than max of f32, or none at all: 1 of "
               "1, first number 0");
  write("two.npy", "<i8", "(2, 7)", std::string(112, '\0'));
  rejected({"state0.npy", "two.npy"}, {"--of", "f32", "--max"},
           at("two.npy") + ": its shape is not that of the partials before it");
  write_text(folder_ / "empty.npy", "");
  rejected({"state0.npy", "empty.npy"}, {"--of", "f32", "--max"}, at("empty.npy") + ": is empty");
  write("zero.npy", "<i8", "(7,)", std::string(56, '\0'));
  EXPECT_EQ(merge({"zero.npy", "state1.npy"}, {"--of", "f32", "--max"}).out,
            merge({"state1.npy"}, {"--of", "f32", "--max"}).out)
      << "of nothing";
}

TEST_F(ReduceParts, DamagedAreRejected) {
  write("rows.npy", "<f4", "(3, 1000)", bytes_of(values_));
  (void)printed("rows.npy", {"--sum", "--dims", "1", "--partial", at("good.npy")});
  const std::vector<std::int64_t> good =
      elements_of<std::int64_t>(tool::read_tensor(folder_ / "good.npy"));
  const auto write_with = [&](const std::string& name, std::size_t word, std::int64_t value) {
    std::vector<std::int64_t> words = good;
    words.at(word) = value;
    write(name, "<i8", "(3, 19)", bytes_of(words));
  };
  // A limb that is no digit, counts below 0, words behind a tag of nothing.
  for (const auto& [word, value] :
       {std::pair<std::size_t, std::int64_t>{19 + 6, -1}, {19 + 1, -1}, {19 + 2, -1}, {19, 0}}) {
    write_with("bad.npy", word, value);
    for (const std::vector<std::string>& files :
         {std::vector<std::string>{"bad.npy"}, {"good.npy", "bad.npy"}, {"bad.npy", "good.npy"}}) {
      expect_problem(merge(files, {"--of", "f32", "--sum", "--out", at("never.npy")}),
                     at("bad.npy") +
                         ": holds partials of another kind than sum of f32, or none at "
                         "all: 1 of 3, first number 1");
      EXPECT_FALSE(fs::exists(folder_ / "never.npy"));
    }
  }
  write_with("many.npy", 1, std::numeric_limits<std::int64_t>::max());
  expect_problem(
      merge({"many.npy", "good.npy"}, {"--of", "f32", "--mean"}),
      at("good.npy") + ": with the files before it, counts more elements than 64 bits hold");
}

TEST_F(ReduceParts, MergingTakesItsOwnOptions) {
  make_partials("--sum");
  const auto rejected = [&](const std::vector<std::string>& more, const std::string& part) {
    expect_usage(merge({"state0.npy"}, more), part);
  };
  rejected({"--sum"}, "--of must say");
  rejected({"--of", "f32"}, "give --sum");
  rejected({"--of", "c64", "--sum"}, "--of c64: none of bool, u8");
  rejected({"--of", "f32", "--sum", "--where", "x > 0"}, "takes no --where");
  rejected({"--of", "f32", "--sum", "--dims", "0"}, "takes no --dims");
  rejected({"--of", "f32", "--sum", "--keepdim"}, "takes no --keepdim");
  rejected({"--of", "f32", "--argmax", "--first-index", "3"}, "takes no --first-index");
  rejected({"--of", "f32", "--sum", "--max"}, "share partials; --max has its own");
  rejected({"--of", "f32", "--sum", "--partial", at("state0.npy")}, "would overwrite");
  expect_usage(merge({"missing.npy"}, {"--of", "f32", "--sum"}), "no such file");
  expect_usage(run_tool({"reduce", at("x.npy"), "--sum", "--of", "f32"}), "--of: is for --merge");
  expect_usage(
      run_tool({"reduce", at("x.npy"), "--of", "f32", "--sum", "--merge", at("state0.npy")}),
      "takes no FILE");
}

TEST_F(Reduce, ReportsFilesThatCannotBeReduced) {
  write("z.npy", "<c8", "(1,)", bytes_of<float>({1, 1}));
  for (const char* by : {"--sum", "--count", "--argmax"}) {
    expect_problem(run("z.npy", {by}),
                   at("z.npy") + ": holds c64, and complex numbers are not reduced");
  }
  write_text(folder_ / "bad", "");
  expect_problem(run("bad", {"--sum", "--out", at("never.npy"), "--partial", at("no.npy")}),
                 at("bad") + ": is empty");
  EXPECT_FALSE(fs::exists(folder_ / "never.npy"));
  EXPECT_FALSE(fs::exists(folder_ / "no.npy"));
  write_text(folder_ / "bad", "PK, a zip");
  expect_problem(run("bad", {"--sum"}), at("bad") + ": is neither a .npy nor a PNG file");
}

TEST_F(Reduce, RejectsWrongUsage) {
  expect_usage(run_tool({"reduce"}), "give --sum, --mean");
  expect_usage(run_tool({"reduce", "--sum"}), "give a FILE, or --merge");
  expect_usage_error("x.npy", {}, "give --sum, --mean");
  expect_usage_error("x.npy", {"--median"}, "--median");
  expect_usage_error("missing.npy", {"--sum"}, "no such file");
  expect_usage_error(".", {"--sum"}, "is a folder");
  expect_usage_error("x.npy", {"--sum", "--dims", "2"}, "--dims: dimension 2 is not in -2..1");
  expect_usage_error("x.npy", {"--sum", "--dims", "-3"}, "dimension -3 is not in -2..1");
  expect_usage_error("x.npy", {"--sum", "--dims", "0,-2"}, "dimension -2 is named twice");
  expect_usage_error("x.npy", {"--sum", "--dims", "0,"}, "--dims");
  expect_usage_error("x.npy", {"--sum", "--dims="}, "--dims");
  expect_usage_error("x.npy", {"--sum", "--dims", "x"}, "--dims x: not an integer from -16 to 15");
  expect_usage_error("x.npy", {"--sum", "--dtype", "i64"},
                     "--dtype i64: none of f16, bf16, f32, f64");
  expect_usage_error("x.npy", {"--max", "--dtype", "f64"}, "only means and sums of floats");
  write("i.npy", "<i4", "(1,)", "abcd");
  expect_usage_error("i.npy", {"--sum", "--dtype", "f64"}, "this is sum of i32");
  expect_usage_error("x.npy", {"--mean", "--empty", "one"}, "--empty one: none of nan, zero");
  expect_usage_error("x.npy", {"--sum", "--empty", "zero"}, "--empty: is for --mean");
  expect_usage_error("x.npy", {"--sum", "--first-index", "1"}, "is for --argmin and --argmax");
  expect_usage_error("x.npy", {"--argmin", "--first-index", "-1"}, "--first-index -1");
  expect_usage_error("x.npy", {"--argmin", "--first-index", "9223372036854775807"}, "overflows");
  expect_usage_error("x.npy", {"--sum", "--max", "--out", at("two.npy")}, "holds one result");
  expect_usage_error("x.npy", {"--sum", "--max", "--partial", at("two.npy")}, "share partials");
  expect_usage_error("x.npy", {"--argmin", "--argmax", "--partial", at("two.npy")},
                     "share partials");
  expect_usage_error("x.npy", {"--sum", "--threads", "0"}, "--threads");
  expect_usage_error("x.npy", {"--sum", "--device", "abacus"}, "abacus");
  EXPECT_EQ(run("x.npy", {"--sum", "--where", "0 < x < 1"}).code, 2);
  EXPECT_EQ(run("x.npy", {"--sum", "--where", ""}).err, "error: --where: is empty\n  \n  ^\n");
}

TEST_F(Reduce, RejectsPlacesThatCannotBeWritten) {
  for (const char* option : {"--out", "--partial"}) {
    expect_usage_error("x.npy", {"--sum", option, at("sum.txt")}, "must end in .npy");
    expect_usage_error("x.npy", {"--sum", option, at("no/where.npy")}, "there is no folder");
    expect_usage_error("x.npy", {"--sum", option, at("x.npy")}, "would overwrite");
  }
  expect_usage_error("x.npy", {"--sum", "--out", at("a.npy"), "--partial", at("a.npy")},
                     "is where --out goes");
  expect_usage_error("x.npy", {"--sum", "--dtype", "bf16", "--out", at("a.npy")}, "holds no bf16");
  EXPECT_FALSE(fs::exists(folder_ / "a.npy"));
  fs::create_symlink("/dev/full", folder_ / "full.npy");
  const outcome full = run("x.npy", {"--sum", "-o", at("full.npy")});
  EXPECT_EQ(full.code, 3);
  EXPECT_EQ(full.out, "sum     0.75\n");
}

TEST_F(ReduceParts, GivesTheSameOnEveryDevice) {
  const std::vector<std::string> all{"--sum",    "--mean",   "--count", "--min",     "--max",
                                     "--argmin", "--argmax", "--where", "!isnan(x)", "--json"};
  const auto said = [&](const std::string& device) {
    std::vector<std::string> more = all;
    more.insert(more.end(), {"--device", device});
    return printed("whole.npy", more);
  };
  for (const std::string& device : devices()) {
    EXPECT_EQ(said(device), said("cpu")) << device;
    EXPECT_EQ(run("part3.npy", {"--sum", "--partial", at("there.npy"), "--device", device}).code,
              0);
    EXPECT_EQ(run("part3.npy", {"--sum", "--partial", at("here.npy")}).code, 0);
    EXPECT_EQ(read_text(folder_ / "there.npy"), read_text(folder_ / "here.npy")) << device;
    EXPECT_EQ(merge({"there.npy", "here.npy"}, {"--of", "f32", "--sum", "--device", device}).out,
              merge({"here.npy", "here.npy"}, {"--of", "f32", "--sum"}).out);
  }
}

}  // namespace
}  // namespace bitwhere::tool_test
