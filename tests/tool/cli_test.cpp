// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "files.hpp"

#include <bitwhere/context.hpp>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;

/// One folder that serves as prediction and target.
class Cli : public testing::Test {
 protected:
  Cli() { write_text(folder_ / "maps" / "a.png", encode_png({1, 4, {0, 1, 2, 2}}, 8)); }

  [[nodiscard]] std::vector<std::string> eval(const std::vector<std::string>& more) const {
    std::vector<std::string> out{"eval", "--prediction", maps(), "--target", maps()};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }

  [[nodiscard]] std::string maps() const { return (folder_ / "maps").string(); }

  void expect_usage_error(const std::vector<std::string>& arguments, const std::string& part) {
    const outcome run = run_tool(arguments);
    EXPECT_EQ(run.code, 2) << part;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err.find("error: "), 0U) << run.err;
    EXPECT_NE(run.err.find(part), std::string::npos) << run.err;
  }

  scratch_folder folder_;
};

TEST_F(Cli, ShowsVersionAndHelp) {
  const outcome version = run_tool({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out, "bitwhere " + std::to_string(BITWHERE_VERSION_MAJOR) + "." +
                             std::to_string(BITWHERE_VERSION_MINOR) + "." +
                             std::to_string(BITWHERE_VERSION_PATCH) + " (bits version " +
                             std::to_string(bw_bits_version()) + ")\n");
  for (const std::vector<std::string>& help :
       {std::vector<std::string>{"--help"}, {"eval", "--help"}}) {
    const outcome run = run_tool(help);
    EXPECT_EQ(run.code, 0);
    EXPECT_NE(run.out.find("Exit codes:"), std::string::npos);
    EXPECT_NE(run.out.find("Examples:"), std::string::npos);
  }
}

TEST_F(Cli, RejectsWrongUsage) {
  expect_usage_error({}, "give a command");
  expect_usage_error({"evaluate"}, "not expected: evaluate");
  expect_usage_error({"info", "demo"}, "not expected: demo");
  expect_usage_error({"eval", "--prediction", maps(), "--classes", "3"}, "--target is required");
  expect_usage_error({"eval", "--target", maps(), "--classes", "3"}, "--prediction is required");
  expect_usage_error(eval({}), "--classes is required");
  expect_usage_error(eval({"--classes", "3", "--wrong"}), "--wrong");
  for (const char* classes : {"0", "-3", "32769", "99999999999999999999"}) {
    expect_usage_error(eval({"--classes", classes}), "not an integer from 1 to 32768");
  }
  for (const char* threads : {"0", "-1", "two", "2.5", "4294967297"}) {
    expect_usage_error(eval({"--classes", "3", "--threads", threads}), "--threads");
  }
  for (const char* ignore : {"void", "9223372036854775808", "1e3", "255,"}) {
    expect_usage_error(eval({"--classes", "3", "--ignore", ignore}), "not a 64-bit integer");
  }
  std::vector<std::string> many = eval({"--classes", "3", "--ignore"});
  for (int i = 0; i <= BW_MAX_IGNORE; ++i) many.push_back(std::to_string(i));
  expect_usage_error(many, "more than 256");
}

TEST_F(Cli, RejectsWhatIsNotThere) {
  expect_usage_error({"eval", "--prediction", maps(), "--target", "no/where", "--classes", "3"},
                     "no/where: no such file or folder");
  expect_usage_error(eval({"--classes", "names.txt"}), "names.txt");
  expect_usage_error(eval({"--classes", maps()}), "neither a number nor a file");
  expect_usage_error(eval({"--classes", "3", "--device", "tpu:0"}), "tpu:0");
  expect_usage_error(eval({"--classes", "3", "--json", maps()}), "is a folder");
  expect_usage_error(eval({"--classes", "3", "--json", "no/where/report.json"}), "no/where");
  write_text(folder_ / "empty.txt", "# nothing\n\n");
  expect_usage_error(eval({"--classes", (folder_ / "empty.txt").string()}), "no names");
  fs::create_directories(folder_ / "nothing");
  expect_usage_error({"eval", "--prediction", maps(), "--target", (folder_ / "nothing").string(),
                      "--classes", "3"},
                     "no .png and no .npy files");
}

TEST_F(Cli, HonoursTheEnvironment) {
  setenv("BITWHERE_ISA", "scalar", 1);
  const outcome scalar = run_tool(eval({"--classes", "3", "--json", "-", "--device", "cpu"}));
  setenv("BITWHERE_ISA", "vector", 1);
  const outcome unknown_isa = run_tool(eval({"--classes", "3", "--device", "cpu"}));
  unsetenv("BITWHERE_ISA");
  setenv("BITWHERE_DEVICE", "abacus", 1);
  const outcome unknown_device = run_tool(eval({"--classes", "3"}));
  unsetenv("BITWHERE_DEVICE");
  EXPECT_EQ(json::parse(scalar.out)["isa"], "scalar");
  EXPECT_EQ(unknown_isa.code, 2);
  EXPECT_NE(unknown_isa.err.find("vector"), std::string::npos) << unknown_isa.err;
  EXPECT_EQ(unknown_device.code, 2);
  EXPECT_NE(unknown_device.err.find("abacus"), std::string::npos) << unknown_device.err;
}

TEST_F(Cli, WritesJsonInOneStepBesidesTheTable) {
  const fs::path file = folder_ / "reports" / "report.json";
  write_text(file, "old");
  fs::create_symlink(file, folder_ / "link.json");
  const outcome run =
      run_tool(eval({"--classes", "3", "--json", (folder_ / "link.json").string()}));
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.out.find("mIoU"), std::string::npos);
  EXPECT_FALSE(fs::is_symlink(folder_ / "link.json"));
  EXPECT_EQ(json::parse(read_text(folder_ / "link.json"))["totals"]["valid"], 4);
  EXPECT_EQ(read_text(file), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "reports"), {}), 1);
}

TEST_F(Cli, ReportsJsonThatCannotBeWritten) {
  const outcome run = run_tool(eval({"--classes", "3", "--json", "/dev/full"}));
  EXPECT_EQ(run.code, 3);
  EXPECT_EQ(run.err, "error: /dev/full: cannot be written: No space left on device\n");
  EXPECT_NE(run.out.find("mIoU"), std::string::npos);
}

TEST_F(Cli, KeepsFileNamesThatAreNotUtf8) {
  write_text(folder_ / "maps" / "b\xFF.png", encode_png({1, 1, {0}}, 8));
  const outcome run = run_tool(eval({"--classes", "3", "--json", "-"}));
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out)["images"][1]["name"], "b\xEF\xBF\xBD");
}

TEST_F(Cli, InfoDescribesDevicesAndInstructionSets) {
  const outcome text = run_tool({"info"});
  EXPECT_EQ(text.code, 0) << text.err;
  const outcome run = run_tool({"info", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  const json info = json::parse(run.out);
  EXPECT_EQ(info["bits_version"], bw_bits_version());
  EXPECT_EQ(info["cuda"] == "ready", cuda_available());
  EXPECT_GE(info["threads"], 1);
  ASSERT_EQ(info["devices"].size(), devices().size());
  for (std::size_t i = 0; i < devices().size(); ++i) {
    EXPECT_EQ(info["devices"][i]["name"], devices()[i]);
    EXPECT_NE(text.out.find("  " + devices()[i]), std::string::npos);
  }
  int defaults = 0;
  for (const json& isa : info["isas"]) defaults += isa["default"] == true ? 1 : 0;
  EXPECT_EQ(defaults, 1);
  EXPECT_EQ(text.out.find("cuda      not here: ") == std::string::npos, cuda_available());
}

/// The exit code of the tool as a process of its own. It lies beside this test, wherever that is.
int process(const std::string& arguments) {
  const fs::path tool = fs::read_symlink("/proc/self/exe").parent_path() / "bitwhere";
  const int status = std::system(("'" + tool.string() + "' " + arguments).c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Cli, ProcessReturnsTheExitCodes) {
  const std::string err = (folder_ / "err").string();
  const std::string good =
      "eval --prediction '" + maps() + "' --target '" + maps() + "' --classes ";
  EXPECT_EQ(process(good + "3 >/dev/null 2>'" + err + "'"), 0);
  EXPECT_EQ(read_text(err), "") << "no progress bar where there is no terminal";
  EXPECT_EQ(process(good + "2 >/dev/null 2>'" + err + "'"), 1);
  EXPECT_EQ(read_text(err).find("problem: "), 0U);
  EXPECT_EQ(process(good + "0 >/dev/null 2>'" + err + "'"), 2);
  EXPECT_EQ(process(good + "3 >/dev/full 2>'" + err + "'"), 3);
  EXPECT_EQ(read_text(err), "error: standard output cannot be written\n");
}

}  // namespace
}  // namespace bitwhere::tool_test
