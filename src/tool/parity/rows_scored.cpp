// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/metrics.hpp>

#include <fmt/format.h>

namespace bitwhere::tool {

namespace {

constexpr dtype score_dtypes[] = {f16, bf16, f32, f64};

/// Where the classes lie among the other dimensions.
struct scored_shape {
  const char* name;
  shape_t scores;
  shape_t pixels;
  std::int32_t class_dim;

  [[nodiscard]] std::int64_t classes() const { return scores[static_cast<std::size_t>(class_dim)]; }
};

void add_argmax(row_list& rows, subset first, dtype type, layout lies, const scored_shape& of,
                dtype index) {
  rows.push_back({fmt::format("argmax/{}+{}/{}/{}/{}", name_of(type), name_of(index), name_of(lies),
                              of.name, name_of(of.scores)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, scores = in.tensor("scores", type, of.scores, lies)](stage& s) {
                      const placed from = s.place(scores);
                      const placed out =
                          s.room(index, of.pixels, lies == layout::sliced ? lies : layout::dense);
                      s.call(scores.elements(), [&](const context& on) {
                        argmax(on, from.view(), of.class_dim, out.view());
                      });
                      s.keep("index", out);
                    };
                  }});
}

/// Counts from scores, and those of a third of the pixels with a weight.
void add_confusion(row_list& rows, subset first, dtype type, layout lies, const scored_shape& of,
                   bool conditional) {
  rows.push_back(
      {fmt::format("confusion_matrix/{}+u8/{}/{}{}/{}", name_of(type), name_of(lies), of.name,
                   conditional ? "-where" : "", name_of(of.scores)),
       first, [=](const inputs& in) -> experiment {
         return [=, scores = in.tensor("scores", type, of.scores, lies),
                 target = in.labels("target", u8, of.pixels, layout::dense,
                                    {std::min<std::int64_t>(of.classes(), 200), 255, true}),
                 mask = in.tensor("mask", boolean, of.pixels)](stage& s) {
           const placed from = s.place(scores);
           const placed at_target = s.place(target);
           const placed at_mask = s.place(mask);
           label_options how{.classes = of.classes(),
                             .ignore = {255},
                             .first_element = 3,
                             .class_dim = of.class_dim};
           if (conditional) {
             how.where = condition(at_mask.view()) && at_target.view() != 1;
             how.pixel_weight = 5;
           }
           const confusion seen = s.call(target.elements(), [&](const context& on) {
             return confusion_matrix(on, from.view(), at_target.view(), how);
           });
           s.keep("counts", seen.counts());
           s.keep("report", std::vector<std::int64_t>{seen.bad_labels(), seen.first_bad_label()});
         };
       }});
}

void add_accuracy(row_list& rows, subset first, dtype type, layout lies, const scored_shape& of,
                  bool conditional) {
  rows.push_back({fmt::format("accuracy/{}+i32/{}/{}{}/{}", name_of(type), name_of(lies), of.name,
                              conditional ? "-where" : "", name_of(of.scores)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, scores = in.tensor("scores", type, of.scores, lies),
                            target = in.labels("target", i32, of.pixels, layout::dense,
                                               {of.classes(), 255, true}),
                            mask = in.tensor("mask", boolean, of.pixels)](stage& s) {
                      const placed from = s.place(scores);
                      const placed at_target = s.place(target);
                      const placed at_mask = s.place(mask);
                      label_options how{.ignore = {255}, .class_dim = of.class_dim};
                      if (conditional) how.where = condition(at_mask.view());
                      const accuracy_result seen =
                          s.call(target.elements(), [&](const context& on) {
                            return accuracy(on, from.view(), at_target.view(), how);
                          });
                      s.keep("counts", std::vector<std::int64_t>{seen.correct, seen.valid});
                    };
                  }});
}

/// Label maps under a condition.
void add_conditional(row_list& rows, subset first, dtype type, layout lies, const shape_t& shape) {
  rows.push_back(
      {fmt::format("confusion_matrix/{}/{}/where/{}", name_of(type), name_of(lies), name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         const auto draw = [&](const char* name, layout as) {
           return in.labels(name, type, shape, as, {21, 100, true});
         };
         return [=, prediction = draw("prediction", layout::dense), target = draw("target", lies),
                 confidence = in.tensor("confidence", f32, shape, lies)](stage& s) {
           const placed at_prediction = s.place(prediction);
           const placed at_target = s.place(target);
           const placed at_confidence = s.place(confidence);
           label_options how{.classes = 21, .ignore = {100}, .pixel_weight = 7};
           how.where = at_confidence.view() > 0 || isnan(at_confidence.view());
           const confusion seen = s.call(target.elements(), [&](const context& on) {
             return confusion_matrix(on, at_prediction.view(), at_target.view(), how);
           });
           s.keep("counts", seen.counts());
           s.keep("report", std::vector<std::int64_t>{seen.bad_labels(), seen.first_bad_label()});
         };
       }});
}

/// All ratios of a convention, over all classes and some.
void add_convention(row_list& rows, const char* name, convention whose) {
  rows.push_back(
      {fmt::format("confusion_matrix/i64/dense/{}/1000", name), subset::quick,
       [=](const inputs& in) -> experiment {
         const auto draw = [&](const char* input) {
           return in.labels(input, i64, {1000}, layout::dense, {12, 3, true});
         };
         return [=, prediction = draw("prediction"), target = draw("target")](stage& s) {
           const placed at_prediction = s.place(prediction);
           const placed at_target = s.place(target);
           const confusion seen = s.call(target.elements(), [&](const context& on) {
             return confusion_matrix(on, at_prediction.view(), at_target.view(),
                                     {.classes = 14, .ignore = {3, 255}});
           });
           for (const std::vector<std::int64_t>& selected :
                {std::vector<std::int64_t>{}, std::vector<std::int64_t>{0, 3, 5, 13}}) {
             const scores r =
                 seen.ratios(score_options{.ignore = {3}, .selected = selected}.as(whose));
             const std::string which = selected.empty() ? "all" : "selected";
             s.keep(which, std::vector<double>{r.accuracy, r.mean_class_accuracy, r.mean_iou,
                                               r.frequency_weighted_iou, r.mean_dice,
                                               r.mean_precision, r.micro_iou, r.micro_dice});
             s.keep(which + " class accuracy", r.class_accuracy);
             s.keep(which + " class precision", r.class_precision);
             s.keep(which + " class IoU", r.class_iou);
             s.keep(which + " class Dice", r.class_dice);
           }
         };
       }});
}

}  // namespace

void add_scored_rows(row_list& rows) {
  add_convention(rows, "bitwhere", convention::bitwhere);
  add_convention(rows, "torchmetrics", convention::torchmetrics);
  add_convention(rows, "mmseg", convention::mmseg);
  add_convention(rows, "cityscapes", convention::cityscapes);
  const scored_shape small[] = {{"planes", {2, 5, 7, 33}, {2, 7, 33}, 1},
                                {"last", {3, 37, 21}, {3, 37}, 2}};
  const scored_shape large[] = {{"planes", {2, 21, 130, 67}, {2, 130, 67}, 1},
                                {"last", {2000, 19}, {2000}, 1},
                                {"last", {130, 151}, {130}, 1},
                                {"last", {17, 3001}, {17}, 1}};
  for (const dtype type : score_dtypes) {
    for (const scored_shape& of : small) {
      for (const layout lies : all_layouts) {
        add_argmax(rows, subset::quick, type, lies, of, u8);
        add_confusion(rows, subset::quick, type, lies, of, false);
        add_confusion(rows, subset::standard, type, lies, of, true);
        add_accuracy(rows, subset::standard, type, lies, of, lies == layout::dense);
      }
      for (const dtype index : {i8, i16, i32, i64}) {
        add_argmax(rows, subset::standard, type, layout::dense, of, index);
      }
    }
    for (const scored_shape& of : large) {
      add_argmax(rows, subset::standard, type, layout::dense, of, i64);
      add_argmax(rows, subset::full, type, layout::sliced, of, i16);
      if (of.classes() <= 151) {
        add_confusion(rows, subset::standard, type, layout::dense, of, false);
        add_confusion(rows, subset::full, type, layout::dense, of, true);
      }
      add_accuracy(rows, subset::full, type, layout::dense, of, true);
    }
  }
  for (const dtype type : label_dtypes) {
    for (const layout lies : all_layouts) {
      add_conditional(rows, subset::quick, type, lies, {3, 5, 130});
    }
    add_conditional(rows, subset::standard, type, layout::dense, {300007});
  }
}

}  // namespace bitwhere::tool
