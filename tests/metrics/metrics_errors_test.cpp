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
  const tensor truths = empty(on, {4}, boolean);
  expect_error(errc::invalid_dtype, {"prediction", "bool"}, [&] { accuracy(on, truths, labels); });
  expect_error(errc::invalid_shape, {"prediction", "scores"},
               [&] { accuracy(on, floats, labels); });
}

TEST_P(MetricsErrors, NumbersOfClassesOutOfRange) {
  for (const std::int64_t classes : {std::int64_t{0}, std::int64_t{-3}, std::int64_t{32769}}) {
    const tensor counts = empty(on, {2, 2}, i64);
    const bw_tensor c_labels = labels.c();
    const bw_tensor c_counts = counts.c();
    const label_options options{.classes = classes};
    const bw_label_options c_options = *detail::c_label_options(options, false).get();
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
  newer larger = {*detail::c_label_options(options, false).get(), 0};
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
  bw_label_options c_options = *detail::c_label_options(options, false).get();
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
  const bw_label_options c_options = *detail::c_label_options(options, false).get();
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

TEST_P(MetricsErrors, ScoresThatDoNotFitTheTarget) {
  const tensor scores = empty(on, {2, 3, 4}, f32);
  const tensor target = empty(on, {2, 4}, u8);
  const auto with = [&](std::int32_t class_dim, std::int64_t classes, const tensor& from) {
    confusion_matrix(on, from, target, {.classes = classes, .class_dim = class_dim});
  };
  with(1, 3, scores);
  with(-2, 3, scores);
  expect_error(errc::invalid_shape, {"(2, 3, 4)", "(2, 4)", "class_dim"},
               [&] { with(0, 3, scores); });
  expect_error(errc::invalid_argument, {"class_dim", "3"}, [&] { with(3, 3, scores); });
  expect_error(errc::invalid_argument, {"class_dim", "-4"}, [&] { with(-4, 3, scores); });
  expect_error(errc::invalid_shape, {"3", "4"}, [&] { with(1, 4, scores); });
  const tensor none = empty(on, {2, 0, 4}, f32);
  expect_error(errc::invalid_shape, {"0 elements"}, [&] { with(1, 3, none); });
}

TEST_P(MetricsErrors, ConditionsAndWeightsThatDoNotFit) {
  const tensor mask = empty(on, {3}, boolean);
  expect_error(errc::invalid_shape, {"condition", "(3,)", "(4,)"},
               [&] { confusion_matrix(on, labels, labels, {.classes = 2, .where = mask}); });
  expect_error(errc::invalid_dtype, {"bool"},
               [&] { accuracy(on, labels, labels, label_options{.where = condition(labels)}); });
  expect_error(errc::invalid_argument, {"pixel_weight", "-1"},
               [&] { confusion_matrix(on, labels, labels, {.classes = 2, .pixel_weight = -1}); });
}

TEST_P(MetricsErrors, IndicesThatDoNotFit) {
  const tensor x = empty(on, {2, 300}, f32);
  expect_error(errc::out_of_range, {"u8", "299"}, [&] { argmax(on, x, 1, u8); });
  expect_error(errc::invalid_dtype, {"out", "f32"}, [&] { argmax(on, x, 1, f32); });
  expect_error(errc::invalid_argument, {"dim", "2"},
               [&] { argmax(on, x, 2, empty(on, {2}, i64)); });
  expect_error(errc::invalid_shape, {"(2,)", "(3,)"},
               [&] { argmax(on, x, 1, empty(on, {3}, i64)); });
  expect_error(errc::invalid_dtype, {"x", "i64"}, [&] { argmax(on, labels, 0, i64); });
  expect_error(errc::invalid_shape, {"scalar"}, [&] { argmax(on, empty(on, {}, f32), 0, i64); });
  const tensor_view inside(x.data(), i64, shape_t{2}, {}, on.memory());
  expect_error(errc::overlap, {"out", "x"}, [&] { argmax(on, x, 1, inside); });
}

INSTANTIATE_TEST_SUITE_P(Devices, MetricsErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
