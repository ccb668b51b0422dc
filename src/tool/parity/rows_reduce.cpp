// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/reduce.hpp>

#include <fmt/format.h>

namespace bitwhere::tool {

namespace {

struct named_reducer {
  const char* name;
  reducer by;
};

constexpr named_reducer all_reducers[] = {{"sum", reducer::sum},      {"mean", reducer::mean},
                                          {"count", reducer::count},  {"min", reducer::min},
                                          {"max", reducer::max},      {"argmin", reducer::argmin},
                                          {"argmax", reducer::argmax}};

struct named_dims {
  const char* name;
  std::vector<std::int32_t> dims;
};

/// What is added: numbers of a spread of exponents, or with NaN and infinities among them.
struct named_numbers {
  const char* name;
  std::uint64_t spread;
  bool special;
};

constexpr named_numbers narrow = {"narrow", 8, false};
constexpr named_numbers wide = {"wide", 70, false};
constexpr named_numbers whole = {"whole", 4096, false};
constexpr named_numbers special = {"special", 0, true};

/// Every reducer, of all elements and under a condition, with its report; and the words of
/// partials.
void add_reduced(row_list& rows, subset first, dtype type, layout lies, const named_dims& over,
                 const named_numbers& of, const shape_t& shape) {
  rows.push_back({fmt::format("reduce/{}/{}/{}-{}/{}", name_of(type), name_of(lies), over.name,
                              of.name, name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=,
                            x = of.special ? in.tensor("x", type, shape, lies)
                                           : in.finite("x", type, shape, lies, of.spread),
                            mask = in.tensor("mask", boolean, shape)](stage& s) {
                      const placed at_x = s.place(x);
                      const placed at_mask = s.place(mask);
                      const reduce_options all = {.dims = over.dims};
                      const reduce_options some = {.where = at_mask.view(), .dims = over.dims};
                      for (const named_reducer& each : all_reducers) {
                        for (const reduce_options& options : {all, some}) {
                          const std::string text =
                              fmt::format("{}{}", each.name, options.where ? " some" : "");
                          const data_report report(s.on());
                          s.keep(text, s.call(x.elements(), [&](const context& on) {
                            return reduce(on, each.by, at_x.view(), options, report.c());
                          }));
                          s.keep(text + " report", report.cells());
                        }
                      }
                      for (const named_reducer& each : {all_reducers[0], all_reducers[6]}) {
                        const partial words = s.call(x.elements(), [&](const context& on) {
                          return partial(on, each.by, at_x.view(), some);
                        });
                        s.keep(fmt::format("{} words", each.name), words.words());
                      }
                    };
                  }});
}

/// Sums and means into every float, means with a denominator, outputs that lie otherwise, and
/// partials that merge.
void add_finished(row_list& rows, subset first, dtype type, layout lies, const shape_t& shape) {
  rows.push_back(
      {fmt::format("reduce/{}/{}/finish/{}", name_of(type), name_of(lies), name_of(shape)), first,
       [=](const inputs& in) -> experiment {
         return [=, x = in.finite("x", type, shape, lies, 40),
                 y = in.finite("y", type, shape, layout::dense, 90)](stage& s) {
           const placed at_x = s.place(x);
           const placed at_y = s.place(y);
           std::size_t next = 0;
           for (const dtype to : {f16, bf16, f32, f64}) {
             const placed out = s.room(to, {shape[0]}, output_layouts[next++]);
             s.call(x.elements(), [&](const context& on) {
               mean(on, at_x.view(),
                    {.where = at_y.view() > 0, .dims = {-1}, .denominator_eps = 1e-6}, out.view());
             });
             s.keep(fmt::format("mean as {}", name_of(to)), out);
             partial both = s.call(x.elements(), [&](const context& on) {
               return partial(on, reducer::mean, at_x.view(), {.dims = {0}, .type = to});
             });
             const partial more = s.call(x.elements(), [&](const context& on) {
               return partial(on, reducer::mean, at_y.view(), {.dims = {0}});
             });
             s.keep(fmt::format("merged as {}", name_of(to)), s.call(0, [&](const context&) {
               both.merge(more);
               return both.finish();
             }));
           }
         };
       }});
}

}  // namespace

void add_reduce_rows(row_list& rows) {
  const named_dims all = {"all", {}};
  const named_dims of_rows = {"rows", {-1}};
  const named_dims of_columns = {"columns", {0}};
  const named_dims outer_and_inner = {"dims0+2", {0, 2}};
  const named_dims middle = {"dim1", {1}};
  for (const dtype type : real_dtypes) {
    const bool rounds = type.code == BW_FLOAT || type.code == BW_BFLOAT;
    for (const std::int64_t n : {0, 1, 64, 1000}) {
      add_reduced(rows, subset::quick, type, layout::dense, all, narrow, {n});
    }
    for (const layout lies : all_layouts) {
      add_reduced(rows, subset::quick, type, lies, outer_and_inner, wide, {3, 5, 130});
      for (const named_dims& over : {all, of_rows, of_columns}) {
        add_reduced(rows, subset::standard, type, lies, over, wide, {257, 300});
      }
    }
    add_reduced(rows, subset::quick, type, layout::dense, of_rows, special, {40, 3});
    add_reduced(rows, subset::quick, type, layout::transposed, middle, special, {40, 3, 5});
    for (const named_dims& over : {all, of_rows, of_columns, middle, outer_and_inner}) {
      add_reduced(rows, subset::full, type, layout::dense, over, narrow, {5, 61, 257});
    }
    for (const named_dims& over : {all, of_rows, of_columns}) {
      add_reduced(rows, subset::standard, type, layout::dense, over, narrow, {7, 50021});
      add_reduced(rows, subset::full, type, layout::dense, over, narrow, {50021, 7});
      add_reduced(rows, subset::quick, type, layout::dense, over, narrow, {5, 0});
    }
    add_finished(rows, subset::quick, type, layout::dense, {6, 70});
    add_finished(rows, subset::standard, type, layout::sliced, {40, 301});
    for (const named_numbers& of : {narrow, wide, whole}) {
      if (!rounds && of.spread != narrow.spread) continue;
      const bool always = type == f32 && of.spread == whole.spread;
      add_reduced(rows, always ? subset::quick : subset::full, type, layout::dense, all, of,
                  {70001});
      add_reduced(rows, subset::full, type, layout::misaligned, all, of, {300007});
    }
  }
}

}  // namespace bitwhere::tool
