// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.h>

#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <vector>

// What the C functions of scores refuse, by name, with their outputs untouched.
namespace bitwhere::test {
namespace {

const std::int64_t twice[] = {1, 0, 1};
const std::int64_t high[] = {0, 3};
const std::int64_t negative[] = {-1};

bw_score_options score_defaults() {
  bw_score_options options = {};
  options.struct_bytes = sizeof options;
  return options;
}

struct refusal {
  const char* name;
  void (*spoil)(bw_score_options&);
  const char* field;
  bw_status status = BW_INVALID_ARGUMENT;

  friend std::ostream& operator<<(std::ostream& out, const refusal& one) { return out << one.name; }
};

class ScoreOptions : public testing::TestWithParam<refusal> {};

TEST_P(ScoreOptions, AreRefusedByName) {
  bw_score_options options = score_defaults();
  GetParam().spoil(options);
  const std::vector<std::int64_t> counts(9, 1);
  bw_scores scores;
  std::memset(&scores, 0, sizeof scores);
  scores.struct_bytes = sizeof scores;
  scores.valid = -5;
  double iou[3] = {-5, -5, -5};
  const bw_class_scores per_class = {sizeof per_class, nullptr, nullptr, iou, nullptr};
  EXPECT_EQ(bw_confusion_scores(counts.data(), 3, &options, &scores, &per_class),
            GetParam().status);
  const std::string text = bw_message(nullptr);
  EXPECT_NE(text.find("options"), std::string::npos) << text;
  EXPECT_NE(text.find(GetParam().field), std::string::npos) << text;
  EXPECT_EQ(scores.valid, -5);
  EXPECT_EQ(iou[0], -5);
}

using as_set = bw_score_options;

INSTANTIATE_TEST_SUITE_P(
    All, ScoreOptions,
    testing::Values(
        refusal{"size", [](as_set& o) { o.struct_bytes = 8; }, "struct_bytes"},
        refusal{"ignore", [](as_set& o) { o.ignore_count = 1; }, "ignore"},
        refusal{"selected_null", [](as_set& o) { o.selected_count = 1; }, "selected"},
        refusal{"selected_twice",
                [](as_set& o) {
                  o.selected = twice;
                  o.selected_count = 3;
                },
                "selected names class 1 twice"},
        refusal{"selected_high",
                [](as_set& o) {
                  o.selected = high;
                  o.selected_count = 2;
                },
                "selected names class 3"},
        refusal{"selected_negative",
                [](as_set& o) {
                  o.selected = negative;
                  o.selected_count = 1;
                },
                "selected names class -1"},
        refusal{"absent", [](as_set& o) { o.absent = 4; }, "absent is 4"},
        refusal{"absent_negative", [](as_set& o) { o.absent = -1; }, "absent is -1"},
        refusal{"skipped", [](as_set& o) { o.skipped = 4; }, "skipped is 4"},
        refusal{"nothing", [](as_set& o) { o.nothing = 4; }, "nothing is 4"},
        refusal{"unseen", [](as_set& o) { o.unseen_accuracy = BW_ABSENT_ONE; }, "unseen_accuracy"},
        refusal{"ignored", [](as_set& o) { o.ignored_in_mean = 2; }, "ignored_in_mean is 2"},
        refusal{"iou", [](as_set& o) { o.iou_without_ignored = 2; }, "iou_without_ignored"},
        refusal{"unpredicted", [](as_set& o) { o.unpredicted_absent = -1; }, "unpredicted_absent"},
        refusal{"reserved", [](as_set& o) { o.reserved = 1; }, "reserved", BW_UNAVAILABLE}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(ScoreArguments, AreChecked) {
  const std::vector<std::int64_t> counts(4);
  bw_scores scores = {};
  EXPECT_EQ(bw_confusion_scores(counts.data(), 2, nullptr, &scores, nullptr), BW_INVALID_ARGUMENT);
  scores.struct_bytes = sizeof scores;
  EXPECT_EQ(bw_confusion_scores(counts.data(), 2, nullptr, nullptr, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_confusion_scores(nullptr, 2, nullptr, &scores, nullptr), BW_INVALID_ARGUMENT);
  for (const std::int64_t classes : {-1, 0, 32769}) {
    EXPECT_EQ(bw_confusion_scores(counts.data(), classes, nullptr, &scores, nullptr),
              BW_INVALID_ARGUMENT);
  }
  bw_class_scores per_class = {};
  EXPECT_EQ(bw_confusion_scores(counts.data(), 2, nullptr, &scores, &per_class),
            BW_INVALID_ARGUMENT);
  per_class.struct_bytes = sizeof per_class;  // and no array
  EXPECT_EQ(bw_confusion_scores(counts.data(), 2, nullptr, &scores, &per_class), BW_OK);
}

// A caller of a later header, whose struct has a field more.
struct later_options {
  bw_score_options known;
  std::int64_t more;
};

TEST(ScoreArguments, OfALaterHeaderMustBeZero) {
  later_options options = {score_defaults(), 0};
  options.known.struct_bytes = sizeof options;
  const std::int64_t count = 1;
  bw_scores scores = {};
  scores.struct_bytes = sizeof scores;
  EXPECT_EQ(bw_confusion_scores(&count, 1, &options.known, &scores, nullptr), BW_OK);
  EXPECT_EQ(bw_score_convention(BW_CONVENTION_MMSEG, &options.known), BW_OK);
  EXPECT_EQ(options.known.struct_bytes, sizeof options);
  options.more = 1;
  EXPECT_EQ(bw_confusion_scores(&count, 1, &options.known, &scores, nullptr), BW_UNAVAILABLE);
  EXPECT_EQ(bw_score_convention(BW_CONVENTION_MMSEG, &options.known), BW_UNAVAILABLE);
}

TEST(ScoreConvention, ChecksItsArguments) {
  bw_score_options options = {};
  EXPECT_EQ(bw_score_convention(BW_CONVENTION_BITWHERE, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_score_convention(BW_CONVENTION_BITWHERE, &options), BW_INVALID_ARGUMENT);
  options = score_defaults();
  options.nothing = BW_ABSENT_ONE;
  for (const int unknown : {4, 77}) {  // as a caller in C may pass them
    EXPECT_EQ(bw_score_convention(static_cast<bw_convention>(unknown), &options),
              BW_INVALID_ARGUMENT);
    EXPECT_NE(std::string(bw_message(nullptr)).find(std::to_string(unknown)), std::string::npos);
  }
  EXPECT_EQ(options.nothing, BW_ABSENT_ONE);
}

}  // namespace
}  // namespace bitwhere::test
