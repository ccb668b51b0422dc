// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <limits>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of the label metrics.
namespace bitwhere::test {
namespace {

class MetricsErrors : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
  tensor labels = to(on, bitwhere::view(std::vector<std::int64_t>{0, 1, 1, 0}));
};

TEST_P(MetricsErrors, ShapesThatDiffer) {
  const tensor three = to(on, bitwhere::view(std::vector<std::int64_t>{0, 1, 1}));
  expect_error(errc::invalid_shape, {"prediction", "(3,)", "target", "(4,)"},
               [&] { confusion_matrix(on, three, labels, {.classes = 2}); });
  expect_error(errc::invalid_shape, {"(4,)", "(3,)"}, [&] { accuracy(on, labels, three); });
}

TEST_P(MetricsErrors, LabelsThatAreNoIntegers) {
  const tensor floats = to(on, bitwhere::view(std::vector<float>{0, 1, 1, 0}));
  expect_error(errc::invalid_dtype, {"target", "f32"},
               [&] { confusion_matrix(on, labels, floats, {.classes = 2}); });
  expect_error(errc::invalid_dtype, {"prediction", "f32"}, [&] { accuracy(on, floats, labels); });
}

TEST_P(MetricsErrors, NumbersOfClassesOutOfRange) {
  for (const std::int64_t classes : {std::int64_t{0}, std::int64_t{-3}, std::int64_t{32769}}) {
    const tensor counts = empty(on, {2, 2}, i64);
    const bw_tensor c_labels = labels.c();
    const bw_tensor c_counts = counts.c();
    const label_options options{.classes = classes};
    const bw_label_options c_options = options.c(false);
    expect_error(errc::invalid_argument, {"classes", std::to_string(classes)}, [&] {
      on.check(bw_confusion_matrix(on.get(), &c_labels, &c_labels, &c_options, &c_counts, nullptr));
    });
  }
}

TEST_P(MetricsErrors, IgnoreListsThatAreTooLong) {
  expect_error(errc::invalid_argument, {"ignore_count", "257"},
               [&] { accuracy(on, labels, labels, std::vector<std::int64_t>(257, 3)); });
}

TEST_P(MetricsErrors, ShardsThatBeginNowhere) {
  for (const std::int64_t first : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    expect_error(errc::invalid_argument, {"first_element", std::to_string(first)}, [&] {
      confusion_matrix(on, labels, labels, {.classes = 2, .first_element = first});
    });
  }
}

TEST_P(MetricsErrors, OptionsOfTheCppLayer) {
  for (const std::int64_t classes : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{200000}}) {
    expect_error(errc::invalid_argument, {"classes", std::to_string(classes)},
                 [&] { confusion(on, {.classes = classes}); });
  }
  expect_error(errc::invalid_shape, {"counts"}, [] { scores_of({}, std::int64_t{1} << 32); });
  confusion all(on, {.classes = 2});
  expect_error(errc::invalid_argument, {"ignore"},
               [&] { all.merge(confusion(on, {.classes = 2, .ignore = {1}})); });
  expect_error(errc::invalid_shape, {"classes"}, [&] { all.merge(confusion(on, {.classes = 3})); });
}

// A caller of a newer header may pass a larger struct, but no option that is not known here.
TEST_P(MetricsErrors, OptionsOfANewerLibrary) {
  struct newer {
    bw_label_options known;
    std::int64_t unknown;
  };
  const label_options options{.classes = 2};
  newer larger = {options.c(false), 0};
  larger.known.struct_bytes = sizeof(larger);
  const tensor counts = empty(on, {2, 2}, i64);
  const bw_tensor c_labels = labels.c();
  const bw_tensor c_counts = counts.c();
  const auto run = [&] {
    on.check(
        bw_confusion_matrix(on.get(), &c_labels, &c_labels, &larger.known, &c_counts, nullptr));
  };
  run();
  larger.unknown = 1;
  expect_error(errc::unavailable, {"options"}, run);
}

TEST_P(MetricsErrors, ReportsThatOverlap) {
  const tensor counts = empty(on, {2, 2}, i64);
  const bw_tensor c_labels = labels.c();
  const bw_tensor c_counts = counts.c();
  const label_options options{.classes = 2};
  bw_label_options c_options = options.c(false);
  expect_error(errc::overlap, {"report", "counts"}, [&] {
    on.check(bw_confusion_matrix(on.get(), &c_labels, &c_labels, &c_options, &c_counts,
                                 static_cast<bw_report*>(counts.data())));
  });
  c_options.accumulate = 7;
  expect_error(errc::invalid_argument, {"accumulate", "7"}, [&] {
    on.check(bw_confusion_matrix(on.get(), &c_labels, &c_labels, &c_options, &c_counts, nullptr));
  });
}

TEST_P(MetricsErrors, CountsOfAnotherKind) {
  const bw_tensor c_labels = labels.c();
  const label_options options{.classes = 2};
  const bw_label_options c_options = options.c(false);
  const auto with = [&](const tensor_view& counts) {
    const bw_tensor c = counts.c();
    on.check(bw_confusion_matrix(on.get(), &c_labels, &c_labels, &c_options, &c, nullptr));
  };
  expect_error(errc::invalid_dtype, {"counts", "i32"}, [&] { with(empty(on, {2, 2}, i32)); });
  expect_error(errc::invalid_shape, {"counts", "(2, 2)", "(2, 3)"}, [&] {
    with(empty(on, {2, 3}, i64));
  });
  const tensor square = empty(on, {2, 2}, i64);
  expect_error(errc::invalid_shape, {"counts", "contiguous"}, [&] {
    with(square.permute({1, 0}));
  });
  expect_error(errc::overlap, {"counts", "prediction"}, [&] {
    with(tensor_view(labels.data(), i64, shape_t{2, 2}, {}, on.memory()));
  });
}

TEST_P(MetricsErrors, ScoresWithoutTheirStruct) {
  const std::vector<std::int64_t> counts(4);
  bw_scores scores = {};
  EXPECT_EQ(bw_confusion_scores(counts.data(), 2, nullptr, 0, &scores, nullptr, nullptr),
            BW_INVALID_ARGUMENT);
  scores.struct_bytes = sizeof(scores);
  EXPECT_EQ(bw_confusion_scores(nullptr, 2, nullptr, 0, &scores, nullptr, nullptr),
            BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_confusion_scores(counts.data(), 0, nullptr, 0, &scores, nullptr, nullptr),
            BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_confusion_scores(counts.data(), 2, nullptr, 1, &scores, nullptr, nullptr),
            BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_confusion_scores(counts.data(), 2, nullptr, 0, &scores, nullptr, nullptr), BW_OK);
}

INSTANTIATE_TEST_SUITE_P(Devices, MetricsErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
