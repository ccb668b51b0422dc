// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/parity/parity.hpp"
#include "files.hpp"
#include "src/tool/failure.hpp"
#include "src/tool/parity/golden.hpp"
#include "src/tool/parity/survey.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;
using tool::exit_ok;
using tool::exit_problems;
using tool::exit_usage;

constexpr const char* one_row = "where/f32/transposed/mask/3x5x130";

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

tool::backend plain() { return {"cpu", "scalar", 1}; }

/// A backend whose results have one bit that is not theirs.
class flipping_runner final : public tool::runner {
 public:
  explicit flipping_runner(std::size_t byte) : byte_(byte) {}

  [[nodiscard]] const tool::backend& describes() const override { return says_; }

  tool::observation run(const tool::row& which, const tool::experiment& what) override {
    tool::observation seen = honest_->run(which, what);
    seen.outputs.at(0).bytes.at(byte_) ^= std::byte{1};
    return seen;
  }

 private:
  std::unique_ptr<tool::runner> honest_ = tool::make_runner(plain());
  tool::backend says_ = {"cpu", "flipping", 1};
  std::size_t byte_;
};

/// A backend that really runs on another one, as the trace tells.
class mislabelled_runner final : public tool::runner {
 public:
  [[nodiscard]] const tool::backend& describes() const override { return says_; }

  tool::observation run(const tool::row& which, const tool::experiment& what) override {
    tool::observation seen;
    proof_.begin_row(which.operation());
    tool::stage on(context_, proof_);
    what(on);
    seen.outputs = std::move(on).take();
    proof_.report(seen);
    return seen;
  }

 private:
  tool::backend says_ = {"cpu", "imaginary", 1};
  tool::path_proof proof_{"cpu", "imaginary"};
  context context_ = [this] {
    context_options options;
    options.device = "cpu";
    options.isa = "scalar";
    options.trace = [this](const bw_trace_record& record) { proof_.hear(record); };
    return context(options);
  }();
};

/// Runs one row on the plain backend and on `other`.
outcome run_against(std::unique_ptr<tool::runner> other, const std::string& json_file = {}) {
  tool::runner_list on;
  on.push_back(tool::make_runner(plain()));
  on.push_back(std::move(other));
  tool::parity_command command;
  command.filter = one_row;
  command.json = json_file;
  std::ostringstream out;
  std::ostringstream err;
  const int code = tool::run_parity(command, on, {out, err, nullptr});
  return {code, out.str(), err.str()};
}

outcome parity(std::vector<std::string> more) {
  more.insert(more.begin(), {"parity", "--device", "cpu", "--isa", "scalar"});
  return run_tool(more);
}

TEST(Parity, AgreesOnEveryBackend) {
  const outcome run = run_tool({"parity", "--filter", one_row});
  EXPECT_EQ(run.code, exit_ok) << run.err;
  EXPECT_EQ(run.err, "");
  const std::size_t backends = tool::choose_backends({}).size();
  const std::string count = std::to_string(backends);
  EXPECT_TRUE(holds(run.out, "  " + count + "/" + count + "  " + one_row)) << run.out;
  EXPECT_TRUE(holds(run.out, "\n1 row, " + count + " backends, 0 differences, ")) << run.out;
  EXPECT_GE(backends, 3 * isas().size());
}

TEST(Parity, NamesTheBitThatDiffers) {
  // Byte 4 * 131 is the lowest of element [0, 1, 1] of 3x5x130 floats.
  const outcome run = run_against(std::make_unique<flipping_runner>(4 * 131));
  EXPECT_EQ(run.code, exit_problems);
  EXPECT_TRUE(holds(run.out, "  1/2  ")) << run.out;
  EXPECT_TRUE(holds(run.out, "\n1 row, 2 backends, 1 difference, ")) << run.out;
  const std::string row = one_row;
  EXPECT_EQ(run.err.find("problem: " + row +
                         ": out (f32 3x5x130) differs in 1 of 1950 elements, "
                         "first at [0, 1, 1]:\n  0x"),
            0U)
      << run.err;
  EXPECT_TRUE(holds(run.err, ") on cpu scalar x1\n  0x")) << run.err;
  EXPECT_TRUE(holds(run.err, ") on cpu flipping x1\n")) << run.err;
}

TEST(Parity, ReportsDifferencesAsJson) {
  const outcome run = run_against(std::make_unique<flipping_runner>(0), "-");
  EXPECT_EQ(run.code, exit_problems);
  const json report = json::parse(run.out);
  ASSERT_EQ(report["differences"].size(), 1U);
  const json& found = report["differences"][0];
  EXPECT_EQ(found["row"], one_row);
  EXPECT_EQ(found["output"], "out");
  EXPECT_EQ(found["backends"], json({"cpu scalar x1", "cpu flipping x1"}));
  EXPECT_EQ(found["elements"], 1950);
  EXPECT_EQ(found["differing"], 1);
  EXPECT_EQ(found["first_index"], json({0, 0, 0}));
  const auto bits = [&](int which) {
    return std::stoull(found["bits"][which].get<std::string>(), nullptr, 16);
  };
  EXPECT_EQ(bits(0) ^ bits(1), 1U);
}

TEST(Parity, FailsWhereAnotherPathRan) {
  const outcome run = run_against(std::make_unique<mislabelled_runner>());
  EXPECT_EQ(run.code, exit_problems);
  EXPECT_TRUE(holds(run.err, "cpu imaginary x1: where ran on cpu scalar\n")) << run.err;
  EXPECT_TRUE(holds(run.out, ", 1 fault\n")) << run.out;
}

bw_trace_record record_of(const char* operation, const char* isa) {
  bw_trace_record record = {};
  record.operation = operation;
  record.device = "cpu";
  record.isa = isa;
  record.kernel = "path";
  record.threads = 3;
  return record;
}

std::string fault_after(const std::vector<bw_trace_record>& heard, bool must_run) {
  tool::path_proof proof("cpu", "avx2");
  proof.begin_row("where");
  proof.hear(record_of("where", "avx2"));  // how inputs came: proves nothing
  proof.begin_call();
  for (const bw_trace_record& record : heard) proof.hear(record);
  proof.end_call(must_run);
  tool::observation seen;
  proof.report(seen);
  EXPECT_EQ(seen.paths["path"], static_cast<std::int64_t>(heard.size()));
  return seen.fault;
}

TEST(PathProof, WantsTheOperationOnItsBackend) {
  EXPECT_EQ(fault_after({record_of("where", "avx2")}, true), "");
  EXPECT_EQ(fault_after({}, false), "");
  EXPECT_EQ(fault_after({}, true), "the trace shows no where");
  EXPECT_EQ(fault_after({record_of("copy", "avx2")}, true), "the trace shows no where");
  EXPECT_EQ(fault_after({record_of("where", "scalar")}, true), "where ran on cpu scalar");
}

TEST(Parity, FailsARowThatThrows) {
  const tool::row throwing{"where/none", tool::subset::quick, {}};
  const tool::observation seen = tool::make_runner(plain())->run(
      throwing, [](tool::stage&) { throw error(errc::invalid_shape, "no such shape"); });
  EXPECT_EQ(seen.fault, "no such shape");
}

TEST(Survey, SeesOtherDtypesShapesAndOutputs) {
  const tool::output a{"out", f32, {2}, std::vector<std::byte>(8)};
  tool::output b = a;
  b.shape = {1, 2};
  EXPECT_FALSE(tool::find_difference({a}, {a}));
  EXPECT_EQ(tool::find_difference({a}, {b})->backend_type, "f32 1x2");
  EXPECT_EQ(tool::find_difference({a}, {})->backend_type, "nothing");
  EXPECT_EQ(tool::find_difference({a}, {a, b})->reference_type, "nothing");
  EXPECT_NE(tool::digest_of({a}), tool::digest_of({b}));
}

TEST(Parity, ReportsEverythingAsJson) {
  const scratch_folder folder;
  const std::string file = (folder / "report.json").string();
  const outcome run =
      parity({"--threads", "1", "--threads", "2", "--filter", "where/u8/dense/mask/6?", "--json",
              file, "--write-golden", (folder / "golden.txt").string()});
  ASSERT_EQ(run.code, exit_ok) << run.err;
  const json report = json::parse(read_text(file));
  EXPECT_EQ(report["bits_version"], bw_bits_version());
  EXPECT_EQ(report["subset"], "default");
  ASSERT_EQ(report["backends"].size(), 2U);
  const json& second = report["backends"][1];
  EXPECT_EQ(second["name"], "cpu scalar x2");
  EXPECT_EQ(second["device"], "cpu");
  EXPECT_EQ(second["isa"], "scalar");
  EXPECT_EQ(second["threads"], 2);
  EXPECT_EQ(second["paths"], json({{"where.dense", 3}}));
  ASSERT_EQ(report["rows"].size(), 3U);
  EXPECT_EQ(report["rows"][0]["name"], "where/u8/dense/mask/63");
  EXPECT_EQ(report["rows"][0]["agree"], 2);
  const std::string digest = report["rows"][0]["digest"];
  EXPECT_TRUE(holds(read_text(folder / "golden.txt"), digest + " where/u8/dense/mask/63\n"));
  EXPECT_TRUE(holds(run.out, digest));
  EXPECT_TRUE(report["golden"].is_null());
  for (const char* empty : {"differences", "faults", "golden_problems"}) {
    EXPECT_EQ(report[empty], json::array()) << empty;
  }
}

TEST(Parity, ReachesSeveralThreadsQuickly) {
  const outcome run = parity({"--quick", "--threads", "7", "--filter", "*/300007", "--json", "-"});
  ASSERT_EQ(run.code, exit_ok) << run.err;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["rows"].size(), 9U);
  EXPECT_GT(report["backends"][0]["most_threads"], 1);
}

/// A golden file of three rows, and runs that compare with changed ones.
class Golden : public testing::Test {
 protected:
  Golden() {
    const outcome run = parity({"--threads", "1", "--filter", filter, "--write-golden", file()});
    EXPECT_EQ(run.code, exit_ok) << run.err;
    text_ = read_text(folder_ / "golden.txt");
  }

  [[nodiscard]] std::string file() const { return (folder_ / "golden.txt").string(); }

  [[nodiscard]] outcome compare_with(const std::string& text) const {
    write_text(folder_ / "golden.txt", text);
    return parity({"--threads", "1", "--filter", filter, "--golden", file()});
  }

  void expect_problem(const std::string& text, const std::string& part) {
    const outcome run = compare_with(text);
    EXPECT_EQ(run.code, exit_problems) << part;
    EXPECT_TRUE(holds(run.err, "problem: " + file() + ": " + part)) << run.err;
    EXPECT_TRUE(holds(run.out, "1 disagreement with " + file())) << run.out;
  }

  static constexpr const char* filter = "where/u8/dense/mask/6?";
  scratch_folder folder_;
  std::string text_;
};

TEST_F(Golden, AgreesWithItself) {
  const outcome run = compare_with(text_);
  EXPECT_EQ(run.code, exit_ok) << run.err;
  EXPECT_TRUE(holds(run.out, "0 disagreements with " + file())) << run.out;
  // Rows that this subset leaves out may be in the file.
  EXPECT_EQ(parity({"--threads", "1", "--filter", "mask/64", "--golden", file()}).code,
            exit_problems);
  EXPECT_EQ(
      parity({"--threads", "1", "--filter", "where/u8/dense/mask/64", "--golden", file()}).code,
      exit_ok);
}

TEST_F(Golden, NamesAnotherDigest) {
  std::string changed = text_;
  char& digit = changed[changed.find('\n') + 1];
  const std::string there(1, digit = digit == '0' ? '1' : '0');
  expect_problem(changed, "where/u8/dense/mask/63 is " + there);
}

TEST_F(Golden, NamesRowsOnOneSideAlone) {
  const std::size_t last_line = text_.rfind('\n', text_.size() - 2) + 1;
  expect_problem(text_.substr(0, last_line), "where/u8/dense/mask/65 is not in the file");
  expect_problem(text_ + std::string(32, '0') + " zero/of/no/such/row\n",
                 "zero/of/no/such/row is in the file, but no row of this program");
}

TEST_F(Golden, SaysThatItIsOfAnotherBitsVersion) {
  const std::size_t first_line = text_.find('\n');
  expect_problem("bits_version 999" + text_.substr(first_line), "is of bits version 999, and this");
}

TEST_F(Golden, RefusesWhatItCannotRead) {
  const std::string heading = "bits_version 1\n";
  const std::string row = std::string(32, 'a') + " a/row\n";
  for (const std::string& text :
       {std::string(), std::string("bits_version x\n"), heading + "abc a/row\n",
        heading + std::string(32, 'a') + " \n", heading + std::string(32, 'g') + " a/row\n",
        heading + row + row}) {
    const outcome run = compare_with(text);
    EXPECT_EQ(run.code, exit_usage) << text;
    EXPECT_TRUE(holds(run.err, "--golden " + file())) << run.err;
  }
  const outcome absent = parity({"--filter", filter, "--golden", "no/where.txt"});
  EXPECT_EQ(absent.code, exit_usage);
  EXPECT_TRUE(holds(absent.err, "--golden no/where.txt: is not a regular file")) << absent.err;
}

TEST(Parity, WritesNoGoldenFileOfDifferences) {
  const scratch_folder folder;
  tool::runner_list on;
  on.push_back(tool::make_runner(plain()));
  on.push_back(std::make_unique<flipping_runner>(0));
  tool::parity_command command;
  command.filter = one_row;
  command.write_golden = (folder / "golden.txt").string();
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(tool::run_parity(command, on, {out, err, nullptr}), exit_problems);
  EXPECT_FALSE(fs::exists(folder / "golden.txt"));
  EXPECT_TRUE(holds(err.str(), "golden.txt: not written\n")) << err.str();
}

TEST(Parity, ListsAndFilters) {
  const outcome list = run_tool({"parity", "--quick", "--list", "--filter", "where/*/mask/0"});
  EXPECT_EQ(list.code, exit_ok);
  EXPECT_EQ(std::count(list.out.begin(), list.out.end(), '\n'), 12) << list.out;
  EXPECT_TRUE(holds(list.out, "where/bf16/dense/mask/0\n"));
  EXPECT_EQ(run_tool({"parity", "--list", "--filter", "f64/dense/mask/65"}).out,
            "masked_select/f64/dense/mask/65\nwhere/f64/dense/mask/65\n");
  const auto lines = [](const char* subset) {
    const std::string out = run_tool({"parity", subset, "--list"}).out;
    return std::count(out.begin(), out.end(), '\n');
  };
  EXPECT_LT(lines("--quick"), lines("--full"));
  EXPECT_EQ(lines("--exhaustive"), 6);
}

TEST(Parity, RejectsWrongUsage) {
  const auto expect_usage = [](const std::vector<std::string>& more, const std::string& part) {
    std::vector<std::string> arguments{"parity", "--filter", one_row};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const outcome run = run_tool(arguments);
    EXPECT_EQ(run.code, exit_usage) << part;
    EXPECT_EQ(run.out, "") << part;
    EXPECT_TRUE(holds(run.err, part)) << run.err;
  };
  expect_usage({"--device", "tpu:0"}, "tpu:0");
  expect_usage({"--device", "cuda:99"}, "cuda:99");
  expect_usage({"--isa", "mmx"}, "mmx");
  expect_usage({"--threads", "0"}, "--threads 0");
  expect_usage({"--quick", "--full"}, "--quick");
  expect_usage({"--full", "--exhaustive"}, "--exhaustive");
  expect_usage({"--json", "no/where/report.json"}, "--json no/where/report.json");
  expect_usage({"--write-golden", "no/where/golden.txt"}, "--write-golden no/where/golden.txt");
  const outcome nothing = run_tool({"parity", "--filter", "where/f7/*"});
  EXPECT_EQ(nothing.code, exit_usage);
  EXPECT_TRUE(holds(nothing.err, "--filter where/f7/*: no row")) << nothing.err;
}

}  // namespace
}  // namespace bitwhere::tool_test
