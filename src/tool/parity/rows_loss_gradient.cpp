// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "loss_rows.hpp"

#include <bitwhere/elementwise.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace bitwhere::tool {

namespace {

/// Gradients of the mean and of weighted elements, with a gradient of their own.
void add_element_gradients(row_list& rows, subset first, const named_loss& of, dtype type,
                           layout lies, const shape_t& shape) {
  rows.push_back(
      {fmt::format("{}/{}/{}/slope/{}", of.name, name_of(type), name_of(lies), name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         const bool awkward = lies == layout::sliced;
         return [=, x = in.operand("x", type, shape, lies, awkward),
                 target = in.tensor("target", boolean, shape, lies),
                 mask = in.tensor("mask", boolean, shape, lies),
                 weight = in.operand("weight", f32, {shape.back()}, lies, awkward),
                 upstream = in.operand("upstream", type, {shape.back()}, lies, awkward)](stage& s) {
           const placed at_x = s.place(x);
           const placed at_target = s.place(target);
           const placed at_mask = s.place(mask);
           const placed at_weight = s.place(weight);
           const placed at_upstream = s.place(upstream);
           binary_loss_options options;
           const auto keep = [&](const char* name) {
             s.keep(name, s.call(x.elements(), [&](const context& on) {
               tensor gradient(on, shape, type);
               options.gradient = gradient;
               if (of.of_probabilities) {
                 of.compute(on, sigmoid(on, at_x.view()), at_target.view(), options, nullptr);
               } else {
                 of.compute(on, at_x.view(), at_target.view(), options, nullptr);
               }
               return gradient;
             }));
           };
           keep("mean");
           options.mask = condition(at_mask.view());
           options.weight = at_weight.view();
           keep("masked");
           if (of.of_all) return;
           options.over = normaliser::weights;
           keep("by weights");
           options.over = normaliser::usual;
           options.reduction = loss_reduction::none;
           options.upstream = at_upstream.view();
           keep("each");
         };
       }});
}

const classes_at few_pixels[] = {{"rows", {7, 2}, 1},         {"rows", {40, 21}, 1},
                                 {"rows", {9, 150}, 1},       {"planes", {2, 21, 3, 17}, 1},
                                 {"planes", {2, 3, 65}, 1},   {"last", {3, 7, 33}, 2},
                                 {"planes", {1, 1025, 9}, 1}, {"rows", {3, 2500}, 1}};

enum class form { labels, smoothed, probabilities, nll };

const char* name_of(form as) {
  const char* const names[] = {"labels", "smoothed", "soft", "labels"};
  return names[static_cast<int>(as)];
}

/// Gradients of the mean, and of each loss with a gradient of its own, beside what is counted.
void add_class_gradients(row_list& rows, subset first, form as, dtype type, layout lies,
                         const classes_at& of) {
  rows.push_back(
      {fmt::format("{}/{}/{}/{}-slope-{}/{}", as == form::nll ? "nll_loss" : "cross_entropy",
                   bitwhere::tool::name_of(type), bitwhere::tool::name_of(lies), name_of(as),
                   of.name, bitwhere::tool::name_of(of.scores)),
       first, [=](const inputs& in) -> experiment {
         const shape_t pixels = of.pixels();
         const std::int64_t top = std::min<std::int64_t>(of.classes(), 200);
         const bool awkward = of.classes() == 2;
         return [=, x = in.operand("x", type, of.scores, lies, awkward),
                 labels = in.labels("target", u8, pixels, lies, {top, 255, true}),
                 soft = in.operand("soft", f32, of.scores, lies, awkward),
                 mask = in.tensor("mask", boolean, pixels, lies),
                 by_class = in.operand("class_weight", f32, {of.classes()}, lies, awkward),
                 by_pixel = in.operand("weight", type, {pixels.back()}, lies, awkward)](stage& s) {
           const placed at_x = s.place(x);
           const placed at_target = s.place(as == form::probabilities ? soft : labels);
           const placed at_mask = s.place(mask);
           const placed at_class = s.place(by_class);
           const placed at_pixel = s.place(by_pixel);
           class_loss_options options = {.class_dim = of.dim};
           if (as != form::probabilities) options.ignore_index = 255;
           if (as == form::smoothed) options.label_smoothing = 0.1;
           const auto keep = [&](const char* name) {
             s.keep(name, s.call(x.elements(), [&](const context& on) {
               tensor gradient(on, of.scores, type);
               options.gradient = gradient;
               if (as == form::nll) {
                 nll_loss(on, at_x.view(), at_target.view(), options);
               } else {
                 cross_entropy(on, at_x.view(), at_target.view(), options);
               }
               return gradient;
             }));
           };
           keep("mean");
           options.weight = at_class.view();
           options.mask = condition(at_mask.view());
           options.element_weight = at_pixel.view();
           keep("weighted");
           options.reduction = loss_reduction::none;
           options.upstream = at_pixel.view();
           keep("each");
         };
       }});
}

}  // namespace

void add_loss_gradient_rows(row_list& rows) {
  const auto add = [&](const named_loss& of) {
    for (const dtype type : computed_dtypes) {
      for (const layout lies : all_layouts) {
        add_element_gradients(rows, subset::quick, of, type, lies, {3, 5, 70});
      }
      add_element_gradients(rows, subset::standard, of, type, layout::dense, {4001});
    }
  };
  for (const named_loss& of : element_losses) add(of);
  add(dice);
  for (const form as : {form::labels, form::smoothed, form::probabilities, form::nll}) {
    for (const dtype type : computed_dtypes) {
      for (const classes_at& of : few_pixels) {
        add_class_gradients(rows, subset::quick, as, type, layout::dense, of);
      }
      for (const layout lies : all_layouts) {
        if (lies == layout::dense) continue;
        add_class_gradients(rows, subset::standard, as, type, lies, few_pixels[3]);
      }
    }
  }
}

}  // namespace bitwhere::tool
