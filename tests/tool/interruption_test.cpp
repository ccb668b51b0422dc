// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/interruption.hpp"

#include "files.hpp"
#include "tool_process.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;
using tool::interruption;

class Interruption : public testing::TestWithParam<int> {};

TEST_P(Interruption, IsNotedOnce) {
  const interruption noted;
  EXPECT_FALSE(interruption::requested());
  std::raise(GetParam());
  EXPECT_TRUE(interruption::requested());
}

TEST_P(Interruption, IsForgottenByTheNext) {
  {
    const interruption noted;
    std::raise(GetParam());
  }
  const interruption noted;
  EXPECT_FALSE(interruption::requested());
}

TEST_P(Interruption, EndsTheProcessTheSecondTime) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto twice = [] {
    const interruption noted;
    std::raise(SIGINT);
    std::raise(GetParam());
  };
  EXPECT_EXIT(twice(), testing::KilledBySignal(GetParam()), "");
}

TEST_P(Interruption, LeavesIgnoredSignalsIgnored) {
  auto* const before = std::signal(GetParam(), SIG_IGN);
  {
    const interruption noted;
    std::raise(GetParam());
    EXPECT_FALSE(interruption::requested());
  }
  EXPECT_EQ(std::signal(GetParam(), before), SIG_IGN);
}

INSTANTIATE_TEST_SUITE_P(Signals, Interruption, testing::Values(SIGINT, SIGTERM),
                         [](const auto& one) {
                           return one.param == SIGINT ? "interrupt" : "terminate";
                         });

/// Far more images than are done before a signal arrives: links to one large map.
class InterruptedEval : public testing::TestWithParam<int> {
 protected:
  static constexpr int images = 3000;

  InterruptedEval() {
    write_text(folder_ / "map.npy", frame_npy(npy_header_text("|u1", false, "(2048, 2048)"),
                                              std::string(std::size_t{2048} * 2048, '\1')));
    fs::create_directories(folder_ / "maps");
    for (int i = 0; i < images; ++i) {
      fs::create_symlink(folder_ / "map.npy",
                         folder_ / "maps" / ("image" + std::to_string(i) + ".npy"));
    }
  }

  /// Starts, sends the signal as soon as it is listened to, and gives the end.
  process_end interrupt(const std::vector<std::string>& more) {
    const std::string maps = (folder_ / "maps").string();
    std::vector<std::string> arguments{"eval", "--prediction", maps,       "--target",
                                       maps,   "--classes",    "3",        "--device",
                                       "cpu",  "--json",       json_file()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    tool_process run(arguments, folder_ / "out", folder_ / "err");
    EXPECT_TRUE(run.wait_until_it_catches(GetParam()));
    run.send(GetParam());
    return run.wait();
  }

  [[nodiscard]] std::string json_file() const { return (folder_ / "report.json").string(); }

  scratch_folder folder_;
};

TEST_P(InterruptedEval, ReportsWhatIsDone) {
  const process_end end = interrupt({});
  EXPECT_EQ(end.code, 130) << "signal " << end.signal;
  const json report = json::parse(read_text(json_file()));
  EXPECT_EQ(report["partial"], true);
  EXPECT_EQ(report["images_total"], images);
  const auto done = report["images_done"].get<std::int64_t>();
  EXPECT_LT(done, images);
  EXPECT_EQ(report["totals"]["images"], done);
  EXPECT_EQ(report["images"].size(), done);
  EXPECT_EQ(report["totals"]["valid"], done * 2048 * 2048);
  EXPECT_EQ(report["confusion"][1][1], done * 2048 * 2048);
  const std::string words = std::to_string(done) + " of " + std::to_string(images);
  const std::string table = read_text(folder_ / "out");
  EXPECT_NE(table.find("\npartial "), std::string::npos) << table;
  EXPECT_NE(table.find(words + "  (interrupted)\n"), std::string::npos) << table;
  EXPECT_EQ(read_text(folder_ / "err"), "interrupted: " + words + " images are done\n");
}

TEST_P(InterruptedEval, MarksCsvAndReport) {
  const process_end end = interrupt({"--format", "csv", "--report", (folder_ / "html").string()});
  EXPECT_EQ(end.code, 130) << "signal " << end.signal;
  const std::string csv = read_text(folder_ / "out");
  EXPECT_NE(csv.find("\npartial,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",of " + std::to_string(images) + ","), std::string::npos) << csv;
  const std::string page = read_text(folder_ / "html" / "index.html");
  EXPECT_NE(page.find("\"partial\": true"), std::string::npos);
}

TEST_P(InterruptedEval, MarksImagesAsCsv) {
  const process_end end = interrupt({"--format", "csv", "--per-image"});
  EXPECT_EQ(end.code, 130) << "signal " << end.signal;
  const std::string csv = read_text(folder_ / "out");
  const json report = json::parse(read_text(json_file()));
  const std::string last = "\npartial," + std::to_string(report["images_done"].get<int>()) +
                           ",of " + std::to_string(images) + ",,,,,,\n";
  EXPECT_TRUE(csv.ends_with(last)) << csv;
}

TEST_P(InterruptedEval, FinishesTheMapsBeingColoured) {
  const fs::path out = folder_ / "colours";
  tool_process run({"colorize", "--labels", (folder_ / "maps").string(), "--out", out.string(),
                    "--palette", "voc", "--device", "cpu"},
                   folder_ / "out", folder_ / "err");
  EXPECT_TRUE(run.wait_until_it_catches(GetParam()));
  run.send(GetParam());
  const process_end end = run.wait();
  EXPECT_EQ(end.code, 130) << "signal " << end.signal;
  const auto done = std::distance(fs::directory_iterator(out), {});
  EXPECT_LT(done, images);
  for (const fs::directory_entry& file : fs::directory_iterator(out)) {
    EXPECT_EQ(file.path().extension(), ".png") << "unfinished";
  }
  EXPECT_EQ(read_text(folder_ / "err"), "interrupted: " + std::to_string(done) + " of " +
                                            std::to_string(images) + " label maps are done\n");
  EXPECT_EQ(read_text(folder_ / "out"), std::to_string(done) + " label map" +
                                            (done == 1 ? "" : "s") + " coloured: " + out.string() +
                                            "\n");
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptedEval, testing::Values(SIGINT, SIGTERM),
                         [](const auto& one) {
                           return one.param == SIGINT ? "interrupt" : "terminate";
                         });

}  // namespace
}  // namespace bitwhere::tool_test
