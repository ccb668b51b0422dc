// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/pairs.hpp"

#include "files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;

/// Folders p and t with empty files of these names.
class Pairs : public testing::Test {
 protected:
  void fill(const std::vector<std::string>& predictions, const std::vector<std::string>& targets) {
    fs::create_directories(folder_ / "p");
    fs::create_directories(folder_ / "t");
    for (const std::string& name : predictions) write_text(folder_ / "p" / name, "");
    for (const std::string& name : targets) write_text(folder_ / "t" / name, "");
  }

  [[nodiscard]] tool::pairing pair() const {
    return tool::pair_files(folder_ / "p", folder_ / "t");
  }

  [[nodiscard]] std::string usage_error() const {
    try {
      static_cast<void>(pair());
    } catch (const tool::usage_error& e) {
      return e.what();
    }
    return "none";
  }

  scratch_folder folder_;
};

TEST_F(Pairs, MatchesStemsInTheirOrder) {
  fill({"b.png", "a.npy", "c.2.PNG"}, {"c.2.npy", "a.png", "b.png"});
  const tool::pairing found = pair();
  ASSERT_EQ(found.pairs.size(), 3U);
  EXPECT_EQ(found.pairs[0].name, "a");
  EXPECT_EQ(found.pairs[0].prediction, folder_ / "p" / "a.npy");
  EXPECT_EQ(found.pairs[0].target, folder_ / "t" / "a.png");
  EXPECT_EQ(found.pairs[1].name, "b");
  EXPECT_EQ(found.pairs[2].name, "c.2");
  EXPECT_TRUE(found.problems.empty());
}

TEST_F(Pairs, ListsMissingPartnersInOrder) {
  fill({"a.png", "c.png"}, {"b.png", "c.png", "d.npy"});
  const tool::pairing found = pair();
  ASSERT_EQ(found.pairs.size(), 1U);
  ASSERT_EQ(found.problems.size(), 3U);
  EXPECT_EQ(found.problems[0].file, (folder_ / "p" / "a.png").string());
  EXPECT_EQ(found.problems[0].text, "has no target in " + (folder_ / "t").string());
  EXPECT_EQ(found.problems[1].file, (folder_ / "t" / "b.png").string());
  EXPECT_EQ(found.problems[1].text, "has no prediction in " + (folder_ / "p").string());
  EXPECT_EQ(found.problems[2].file, (folder_ / "t" / "d.npy").string());
}

TEST_F(Pairs, PassesOverOtherFiles) {
  fill({"a.png", "a.txt", "readme", ".a.png", "deeper/b.png"}, {"a.png", "x.jpg", "b.png.bak"});
  fs::create_directories(folder_ / "p" / "folder.png");
  const tool::pairing found = pair();
  EXPECT_EQ(found.pairs.size(), 1U);
  EXPECT_TRUE(found.problems.empty());
}

TEST_F(Pairs, RejectsAStemThatOccursTwice) {
  fill({"a.png", "b.png", "a.npy"}, {"a.png"});
  const std::string error = usage_error();
  EXPECT_NE(error.find((folder_ / "p" / "a.png").string()), std::string::npos) << error;
  EXPECT_NE(error.find((folder_ / "p" / "a.npy").string()), std::string::npos) << error;
}

TEST_F(Pairs, RejectsFoldersWithoutLabelMaps) {
  fill({}, {"a.png"});
  EXPECT_NE(usage_error().find("no .png and no .npy files"), std::string::npos);
  fill({"a.jpg"}, {});
  EXPECT_NE(usage_error().find("no .png and no .npy files"), std::string::npos);
}

TEST_F(Pairs, RejectsFoldersWithoutAPair) {
  fill({"a_pred.png"}, {"a_true.png"});
  const std::string error = usage_error();
  EXPECT_NE(error.find("a_pred.png"), std::string::npos) << error;
  EXPECT_NE(error.find("a_true.png"), std::string::npos) << error;
}

TEST_F(Pairs, RejectsMissingPaths) {
  EXPECT_NE(usage_error().find("--prediction"), std::string::npos);
  fs::create_directories(folder_ / "p");
  EXPECT_NE(usage_error().find("--target"), std::string::npos);
}

TEST_F(Pairs, TakesTwoFilesOfAnyNames) {
  fill({"out.png"}, {"truth.npy"});
  const tool::pairing found =
      tool::pair_files(folder_ / "p" / "out.png", folder_ / "t" / "truth.npy");
  ASSERT_EQ(found.pairs.size(), 1U);
  EXPECT_EQ(found.pairs[0].name, "truth");
  EXPECT_THROW(tool::pair_files(folder_ / "p", folder_ / "t" / "truth.npy"), tool::usage_error);
  EXPECT_THROW(tool::pair_files(folder_ / "p" / "out.png", folder_ / "t"), tool::usage_error);
}

}  // namespace
}  // namespace bitwhere::tool_test
