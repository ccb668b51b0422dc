// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/metrics.hpp>

#include <fmt/format.h>

#include <limits>
#include <numeric>

namespace bitwhere::tool {

namespace {

struct label_case {
  const char* name;
  std::int64_t classes;
  std::vector<std::int64_t> ignore;
  bool bad = false;
};

struct maps {
  dtype prediction;
  dtype target;
  layout lies;
  shape_t shape;
};

/// What is ignored where nothing is, so that these pixels still have a label.
std::int64_t often(const label_case& of) { return of.ignore.empty() ? 0 : of.ignore.front(); }

std::string row_name(const char* operation, const maps& in, const label_case& of) {
  std::string types = name_of(in.target);
  if (!(in.prediction == in.target)) types += "+" + name_of(in.prediction);
  return fmt::format("{}/{}/{}/{}/{}", operation, types, name_of(in.lies), of.name,
                     name_of(in.shape));
}

source draw_target(const inputs& in, const maps& from, const label_case& of) {
  return in.labels("target", from.target, from.shape, from.lies, {of.classes, often(of), of.bad});
}

source draw_prediction(const inputs& in, const maps& from, const label_case& of) {
  return in.labels("prediction", from.prediction, from.shape, layout::dense,
                   {of.classes, 0, of.bad});
}

/// Counts, report and the ratios that follow.
void add_confusion(row_list& rows, subset first, const maps& from, const label_case& of) {
  rows.push_back(
      {row_name("confusion_matrix", from, of), first, [=](const inputs& in) -> experiment {
         return [=, prediction = draw_prediction(in, from, of),
                 target = draw_target(in, from, of)](stage& s) {
           const placed at_prediction = s.place(prediction);
           const placed at_target = s.place(target);
           const confusion seen = s.call(target.elements(), [&](const context& on) {
             return confusion_matrix(on, at_prediction.view(), at_target.view(),
                                     {of.classes, of.ignore, 1000});
           });
           s.keep("counts", seen.counts());
           s.keep("report", std::vector<std::int64_t>{seen.bad_labels(), seen.first_bad_label()});
           const scores ratios = seen.ratios();
           s.keep("ratios", std::vector<double>{ratios.accuracy, ratios.mean_class_accuracy,
                                                ratios.mean_iou, ratios.frequency_weighted_iou});
           s.keep("class accuracy", ratios.class_accuracy);
           s.keep("class IoU", ratios.class_iou);
         };
       }});
}

/// Shards that are added up, with the indices of the whole.
void add_shards(row_list& rows, subset first, const maps& from, const label_case& of) {
  label_case sharded = of;
  sharded.name = "shards";
  rows.push_back(
      {row_name("confusion_matrix", from, sharded), first, [=](const inputs& in) -> experiment {
         return [=, prediction = draw_prediction(in, from, of),
                 target = draw_target(in, from, of)](stage& s) {
           const placed at_prediction = s.place(prediction);
           const placed at_target = s.place(target);
           confusion sum = s.call(0, [&](const context& on) {
             return confusion(on, {of.classes, of.ignore});
           });
           for (const std::int64_t first_element : {std::int64_t{7000000}, std::int64_t{0}}) {
             s.call(target.elements(), [&](const context&) {
               sum.add(at_prediction.view(), at_target.view(), first_element);
             });
           }
           s.keep("counts", sum.counts());
           s.keep("report", std::vector<std::int64_t>{sum.bad_labels(), sum.first_bad_label()});
         };
       }});
}

void add_accuracy(row_list& rows, subset first, const maps& from, const label_case& of) {
  rows.push_back({row_name("accuracy", from, of), first, [=](const inputs& in) -> experiment {
                    return [=, prediction = draw_prediction(in, from, of),
                            target = draw_target(in, from, of)](stage& s) {
                      const placed at_prediction = s.place(prediction);
                      const placed at_target = s.place(target);
                      const accuracy_result found =
                          s.call(target.elements(), [&](const context& on) {
                            return accuracy(on, at_prediction.view(), at_target.view(), of.ignore);
                          });
                      s.keep("counts", std::vector<std::int64_t>{found.correct, found.valid});
                    };
                  }});
}

void add_both(row_list& rows, subset first, const maps& from, const label_case& of) {
  add_confusion(rows, first, from, of);
  add_accuracy(rows, first, from, of);
}

std::vector<std::int64_t> many_ignored() {
  std::vector<std::int64_t> out(BW_MAX_IGNORE);
  std::iota(out.begin(), out.end(), -100);
  return out;
}

}  // namespace

void add_label_rows(row_list& rows) {
  using limits = std::numeric_limits<std::int64_t>;
  const label_case plain = {"21-classes", 21, {}};
  const label_case bad = {"21-classes-bad", 21, {100}, true};
  const label_case all[] = {plain,
                            bad,
                            {"2-classes", 2, {-1}},
                            {"1-class", 1, {}, true},
                            {"ignore3", 19, {18, 255, -1}, true},
                            {"ignore-extremes", 19, {limits::min(), limits::max(), 3}, true},
                            {"ignore256", 120, many_ignored(), true},
                            {"150-classes", 150, {0}},
                            {"600-classes", 600, {255}}};
  const shape_t planes = {257, 300};
  for (const dtype type : label_dtypes) {
    for (const label_case& of : all) {
      add_both(rows, subset::quick, {type, type, layout::dense, {1000}}, of);
      const subset first = of.ignore.size() != 3 ? subset::full
                           : type == i64         ? subset::quick
                                                 : subset::standard;
      add_both(rows, first, {type, type, layout::dense, {300007}}, of);
    }
    for (const std::int64_t n : {0, 1, 63, 64, 65}) {
      add_both(rows, subset::quick, {type, type, layout::dense, {n}}, bad);
    }
    for (const layout lies : all_layouts) {
      add_both(rows, subset::quick, {type, type, lies, {3, 5, 130}}, bad);
      add_both(rows, subset::standard, {type, type, lies, planes}, bad);
    }
    for (const dtype other : label_dtypes) {
      if (other == type) continue;
      add_both(rows, subset::standard, {other, type, layout::dense, {1000}}, bad);
      add_both(rows, subset::full, {other, type, layout::sliced, planes}, bad);
    }
    add_shards(rows, subset::quick, {type, type, layout::dense, {3, 5, 130}}, bad);
    add_shards(rows, subset::standard, {type, type, layout::transposed, planes}, bad);
  }
}

}  // namespace bitwhere::tool
