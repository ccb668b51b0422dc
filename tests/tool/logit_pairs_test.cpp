// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/logit_pairs.hpp"

#include "files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;

/// Folders of scores and of targets with empty files of these names.
class LogitPairs : public testing::Test {
 protected:
  void fill(const std::vector<std::string>& scores, const std::vector<std::string>& targets = {}) {
    fs::create_directories(scores_);
    for (const std::string& name : scores) write_text(scores_ / name, "");
    for (const std::string& name : targets) write_text(targets_ / name, "");
  }

  [[nodiscard]] static std::string usage_error(const fs::path& scores, const fs::path& targets) {
    try {
      static_cast<void>(tool::pair_logits(scores, targets));
    } catch (const tool::usage_error& e) {
      return e.what();
    }
    return "none";
  }

  scratch_folder folder_;
  fs::path scores_ = folder_ / "s";
  fs::path targets_ = folder_ / "t";
};

TEST_F(LogitPairs, PrefersTheArrayBesideThenThePictureThenTheFolder) {
  fill({"a.npy", "a_target.npy", "a_target.png", "b.npy", "b_target.png", "c.npy", "photo.png"},
       {"a.png", "b.png", "c.png"});
  const tool::pairing found = tool::pair_logits(scores_, targets_);
  ASSERT_EQ(found.pairs.size(), 3U);
  EXPECT_EQ(found.pairs[0].name, "a");
  EXPECT_EQ(found.pairs[0].prediction, scores_ / "a.npy");
  EXPECT_EQ(found.pairs[0].target, scores_ / "a_target.npy");
  EXPECT_EQ(found.pairs[1].target, scores_ / "b_target.png");
  EXPECT_EQ(found.pairs[2].target, targets_ / "c.png");
  EXPECT_TRUE(found.problems.empty());
}

TEST_F(LogitPairs, ListsWhatHasNoPartner) {
  fill({"a.npy", "a_target.png", "a_prob.npy", "z_target.npy"}, {"q.png"});
  const tool::pairing found = tool::pair_logits(scores_, targets_);
  ASSERT_EQ(found.pairs.size(), 1U);
  ASSERT_EQ(found.problems.size(), 3U);
  EXPECT_EQ(found.problems[0].file, scores_ / "a_prob.npy");
  EXPECT_EQ(found.problems[0].text,
            "has no target: no a_prob_target.npy or .png beside it, and no a_prob in " +
                targets_.string());
  EXPECT_EQ(found.problems[1].file, targets_ / "q.png");
  EXPECT_EQ(found.problems[1].text, "has no scores in " + scores_.string());
  EXPECT_EQ(found.problems[2].file, scores_ / "z_target.npy");
}

TEST_F(LogitPairs, PairsOneFile) {
  fill({"a.npy", "a_target.png", "b.npy"}, {"b.png", "other.png"});
  const auto target = [&](const char* name, const fs::path& with) {
    return tool::pair_logits(scores_ / name, with).pairs.at(0).target;
  };
  EXPECT_EQ(target("a.npy", ""), scores_ / "a_target.png");
  EXPECT_EQ(target("a.npy", targets_), scores_ / "a_target.png");
  EXPECT_EQ(target("a.npy", targets_ / "other.png"), targets_ / "other.png");
  EXPECT_EQ(target("b.npy", targets_), targets_ / "b.png");
  EXPECT_NE(usage_error(scores_ / "b.npy", "").find("has no target"), std::string::npos);
}

TEST_F(LogitPairs, RejectsWhatCannotPair) {
  fill({"a.npy"}, {"b.png"});
  EXPECT_NE(usage_error(scores_, "").find("no file has a target"), std::string::npos);
  EXPECT_NE(usage_error(scores_, targets_).find("no file has a target"), std::string::npos);
  EXPECT_NE(usage_error(scores_, targets_ / "b.png").find("must be one, too"), std::string::npos);
  EXPECT_NE(usage_error(targets_, "").find("no .npy files of scores"), std::string::npos);
  EXPECT_NE(usage_error(scores_ / "none", "").find("no such file or folder"), std::string::npos);
  EXPECT_NE(usage_error(scores_, folder_ / "none").find("--target"), std::string::npos);
  write_text(scores_ / "a.NPY", "");
  EXPECT_NE(usage_error(scores_, "").find("have the same name"), std::string::npos);
}

}  // namespace
}  // namespace bitwhere::tool_test
