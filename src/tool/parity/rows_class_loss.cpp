// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "loss_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace bitwhere::tool {

namespace {

const classes_at few_pixels[] = {{"rows", {7, 2}, 1},       {"rows", {40, 21}, 1},
                                 {"rows", {9, 150}, 1},     {"planes", {2, 21, 3, 17}, 1},
                                 {"planes", {2, 3, 65}, 1}, {"last", {3, 7, 33}, 2}};
const classes_at many_classes[] = {
    {"rows", {5, 1000}, 1}, {"rows", {3, 2500}, 1}, {"planes", {1, 1025, 9}, 1}};

/// What options a row has, all at once.
enum class loss_case { plain, weighted, smoothed };

std::string_view name_of(loss_case how) {
  return how == loss_case::plain ? "plain" : how == loss_case::weighted ? "weighted" : "smoothed";
}

/// The losses of pixels, their sum and means, and what is counted beside them.
void add_labels(row_list& rows, subset first, bool logits, dtype type, dtype labels, layout lies,
                loss_case how, const classes_at& of) {
  const std::int64_t classes = of.classes();
  rows.push_back(
      {fmt::format("{}/{}+{}/{}/{}-{}/{}", logits ? "cross_entropy" : "nll_loss",
                   bitwhere::tool::name_of(type), bitwhere::tool::name_of(labels),
                   bitwhere::tool::name_of(lies), name_of(how), of.name,
                   bitwhere::tool::name_of(of.scores)),
       first, [=](const inputs& in) -> experiment {
         const shape_t pixels = of.pixels();
         const std::int64_t top = labels == u8 ? std::min<std::int64_t>(classes, 200) : classes;
         const bool awkward = classes == 2;
         return [=, x = in.operand("x", type, of.scores, lies, awkward),
                 target = in.labels("target", labels, pixels, lies, {top, 255, true}),
                 mask = in.tensor("mask", boolean, pixels, lies),
                 by_class = in.operand("class_weight", f32, {classes}, lies, awkward),
                 by_pixel = in.operand("weight", type, {pixels.back()}, lies, awkward)](stage& s) {
           const placed at_x = s.place(x);
           const placed at_target = s.place(target);
           const placed at_mask = s.place(mask);
           const placed at_class = s.place(by_class);
           const placed at_pixel = s.place(by_pixel);
           class_loss_options options = {
               .ignore_index = 255, .class_dim = of.dim, .first_element = 3};
           if (how != loss_case::plain) {
             options.weight = at_class.view();
             options.mask = condition(at_mask.view());
             options.element_weight = at_pixel.view();
           }
           if (how == loss_case::smoothed) options.label_smoothing = 0.1;
           const auto keep = [&](const char* name, loss_reduction by, normaliser over) {
             options.reduction = by;
             options.over = over;
             s.keep(name, s.call(target.elements(), [&](const context& on) {
               return logits ? cross_entropy(on, at_x.view(), at_target.view(), options)
                             : nll_loss(on, at_x.view(), at_target.view(), options);
             }));
           };
           keep("each", loss_reduction::none, normaliser::usual);
           keep("sum", loss_reduction::sum, normaliser::usual);
           keep("mean", loss_reduction::mean, normaliser::usual);
           keep("by valid", loss_reduction::mean, normaliser::valid);
           keep("partial", loss_reduction::partial, normaliser::usual);
           if (!logits) return;
           const loss_and_accuracy seen = s.call(target.elements(), [&](const context& on) {
             return cross_entropy_and_accuracy(on, at_x.view(), at_target.view(), options);
           });
           s.keep("beside", seen.loss);
           s.keep("agreement", seen.agreement);
         };
       }});
}

void add_probabilities(row_list& rows, subset first, dtype type, layout lies, double smoothing,
                       const classes_at& of) {
  rows.push_back(
      {fmt::format("cross_entropy/{}/{}/{}-{}/{}", bitwhere::tool::name_of(type),
                   bitwhere::tool::name_of(lies), smoothing == 0 ? "soft" : "soft-smoothed",
                   of.name, bitwhere::tool::name_of(of.scores)),
       first, [=](const inputs& in) -> experiment {
         const bool awkward = of.classes() == 2;
         return [=, x = in.operand("x", type, of.scores, lies, awkward),
                 target = in.operand("target", type, of.scores, layout::dense, awkward),
                 by_class = in.operand("class_weight", f32, {of.classes()}, layout::dense,
                                       awkward)](stage& s) {
           const placed at_x = s.place(x);
           const placed at_target = s.place(target);
           const placed at_class = s.place(by_class);
           class_loss_options options = {
               .weight = at_class.view(), .label_smoothing = smoothing, .class_dim = of.dim};
           for (const loss_reduction by : {loss_reduction::none, loss_reduction::mean}) {
             options.reduction = by;
             s.keep(by == loss_reduction::none ? "each" : "mean",
                    s.call(target.elements(), [&](const context& on) {
                      return cross_entropy(on, at_x.view(), at_target.view(), options);
                    }));
           }
         };
       }});
}

}  // namespace

void add_class_loss_rows(row_list& rows) {
  for (const dtype type : computed_dtypes) {
    for (const classes_at& of : few_pixels) {
      for (const loss_case how : {loss_case::plain, loss_case::weighted, loss_case::smoothed}) {
        add_labels(rows, subset::quick, true, type, u8, layout::dense, how, of);
      }
      add_labels(rows, subset::quick, false, type, i64, layout::dense, loss_case::weighted, of);
      add_probabilities(rows, subset::quick, type, layout::dense, 0, of);
      add_probabilities(rows, subset::standard, type, layout::dense, 0.2, of);
      for (const layout lies : all_layouts) {
        if (lies == layout::dense) continue;
        add_labels(rows, subset::quick, true, type, i32, lies, loss_case::weighted, of);
        add_probabilities(rows, subset::standard, type, lies, 0, of);
      }
    }
    for (const classes_at& of : many_classes) {
      for (const loss_case how : {loss_case::plain, loss_case::smoothed}) {
        add_labels(rows, subset::quick, true, type, i64, layout::dense, how, of);
      }
      add_probabilities(rows, subset::standard, type, layout::dense, 0.2, of);
    }
    for (const dtype labels : {i8, i16}) {
      add_labels(rows, subset::quick, true, type, labels, layout::dense, loss_case::plain,
                 few_pixels[3]);
    }
  }
  add_labels(rows, subset::full, true, f32, u8, layout::dense, loss_case::weighted,
             {"planes", {2, 21, 100, 61}, 1});
}

}  // namespace bitwhere::tool
