// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "loss_rows.hpp"

#include <bitwhere/elementwise.hpp>

#include <fmt/format.h>

#include <string>

namespace bitwhere::tool {

namespace {

/// What an element is weighed by: nothing, or tensors for its part and its whole, under a mask.
enum class weighed { plainly, by_tensors };

/// A loss an element, their sum, and the means by each denominator. Probabilities are sigmoids.
void add_binary_loss(row_list& rows, subset first, const named_loss& of, dtype type, dtype labels,
                     layout lies, weighed how, const shape_t& shape) {
  // Hard targets are of bool, soft ones of the dtype of x: the names of rows have to be short.
  const bool usual = labels == boolean || labels == type;
  const std::string dtypes =
      usual ? name_of(type) : fmt::format("{}+{}", name_of(type), name_of(labels));
  rows.push_back({fmt::format("{}/{}/{}/{}/{}", of.name, dtypes, name_of(lies),
                              how == weighed::plainly ? "plain" : "masked", name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    const bool awkward = shape == shape_t{65};
                    return [=, x = in.operand("x", type, shape, lies, awkward),
                            target = in.tensor("target", labels, shape, lies),
                            mask = in.tensor("mask", boolean, shape, lies),
                            weight = in.operand("weight", f32, {shape.back()}, lies, awkward),
                            positives = in.operand("pos_weight", type, {shape.back()}, lies,
                                                   awkward)](stage& s) {
                      const placed at_x = s.place(x);
                      const placed at_target = s.place(target);
                      const placed at_mask = s.place(mask);
                      const placed at_weight = s.place(weight);
                      const placed at_positives = s.place(positives);
                      binary_loss_options options;
                      if (how == weighed::by_tensors) {
                        options.mask = condition(at_mask.view());
                        options.weight = at_weight.view();
                        options.pos_weight = at_positives.view();
                        options.ignore = {1};
                      }
                      const auto keep = [&](const char* name, loss_reduction by, normaliser over) {
                        options.reduction = by;
                        options.over = over;
                        s.keep(name, s.call(x.elements(), [&](const context& on) {
                          if (!of.of_probabilities) {
                            return of.compute(on, at_x.view(), at_target.view(), options, nullptr);
                          }
                          const tensor p = sigmoid(on, at_x.view());
                          return of.compute(on, p, at_target.view(), options, nullptr);
                        }));
                      };
                      keep("each", loss_reduction::none, normaliser::usual);
                      keep("sum", loss_reduction::sum, normaliser::usual);
                      keep("mean", loss_reduction::mean, normaliser::usual);
                      keep("by weights", loss_reduction::mean, normaliser::weights);
                      keep("by all", loss_reduction::mean, normaliser::all);
                    };
                  }});
}

/// Dice of probabilities, plain and with squares, smoothed and as a partial.
void add_dice(row_list& rows, subset first, dtype type, layout lies, const shape_t& shape) {
  rows.push_back(
      {fmt::format("soft_dice_loss/{}/{}/dice/{}", name_of(type), name_of(lies), name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         return [=, x = in.operand("x", type, shape, lies, false),
                 target = in.tensor("target", boolean, shape, lies),
                 mask = in.tensor("mask", boolean, shape, lies),
                 weight = in.operand("weight", f32, {shape.back()}, lies, false)](stage& s) {
           const placed at_x = s.place(x);
           const placed at_target = s.place(target);
           const placed at_mask = s.place(mask);
           const placed at_weight = s.place(weight);
           binary_loss_options options;
           const auto keep = [&](const char* name) {
             s.keep(name, s.call(x.elements(), [&](const context& on) {
               const tensor p = sigmoid(on, at_x.view());
               return soft_dice_loss(on, p, at_target.view(), options);
             }));
           };
           keep("plain");
           options.mask = condition(at_mask.view());
           options.denominator_eps = 0.5;
           keep("masked");
           options.weight = at_weight.view();
           options.squared = true;
           keep("squared");
           options.denominator_eps = 0;
           options.reduction = loss_reduction::partial;
           keep("partial");
         };
       }});
}

}  // namespace

void add_loss_rows(row_list& rows) {
  for (const named_loss& of : element_losses) {
    for (const dtype type : computed_dtypes) {
      for (const weighed how : {weighed::plainly, weighed::by_tensors}) {
        for (const std::int64_t n : {1, 65, 1000}) {
          add_binary_loss(rows, subset::quick, of, type, boolean, layout::dense, how, {n});
        }
        for (const layout lies : all_layouts) {
          add_binary_loss(rows, subset::quick, of, type, boolean, lies, how, {3, 5, 70});
          add_binary_loss(rows, subset::full, of, type, type, lies, how, {61, 130});
        }
        add_binary_loss(rows, subset::standard, of, type, i64, layout::dense, how, {4001});
      }
    }
  }
  for (const dtype type : computed_dtypes) {
    for (const layout lies : all_layouts) {
      add_dice(rows, subset::quick, type, lies, {3, 5, 70});
    }
    add_dice(rows, subset::standard, type, layout::dense, {4001});
  }
  add_binary_loss(rows, subset::full, element_losses[2], f32, boolean, layout::dense,
                  weighed::by_tensors, {3, 100003});
}

}  // namespace bitwhere::tool
