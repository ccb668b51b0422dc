// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/nan_to_num.hpp>

#include <fmt/format.h>

#include <limits>

namespace bitwhere::tool {

namespace {

struct named_replacements {
  const char* name;
  replacements with;
};

void add_cleaned(row_list& rows, subset first, dtype type, layout lies,
                 const named_replacements& how, const shape_t& shape) {
  rows.push_back({fmt::format("nan_to_num/{}/{}/{}/{}", name_of(type), name_of(lies), how.name,
                              name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape, lies)](stage& s) {
                      const placed at_x = s.place(x);
                      const cleaned out = s.call(x.elements(), [&](const context& on) {
                        return nan_to_num(on, at_x.view(), how.with);
                      });
                      s.keep("out", out.values());
                      s.keep("replaced", out.counts());
                    };
                  }});
}

/// Into an output that lies otherwise, and in place; without counts.
void add_cleaned_into(row_list& rows, subset first, dtype type, layout lies, const shape_t& shape) {
  rows.push_back(
      {fmt::format("nan_to_num/{}/{}/into/{}", name_of(type), name_of(lies), name_of(shape)), first,
       [=](const inputs& in) -> experiment {
         return [=, x = in.tensor("x", type, shape)](stage& s) {
           const placed at_x = s.place(x);
           const placed out = s.room(type, shape, lies);
           s.call(x.elements(),
                  [&](const context& on) { nan_to_num(on, at_x.view(), {}, out.view()); });
           s.keep("out", out);
           s.call(x.elements(), [&](const context& on) {
             nan_to_num(on, at_x.view(), {.nan = -1.5}, at_x.view());
           });
           s.keep("in place", at_x);
         };
       }});
}

}  // namespace

void add_clean_rows(row_list& rows) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const named_replacements defaults = {"defaults", {}};
  const named_replacements all[] = {
      defaults,
      {"numbers", {.nan = 0.1, .posinf = 100, .neginf = -65504}},
      {"nan-alone", {.nan = 1, .posinf = infinity, .neginf = -infinity}},
      {"denormals", {.nan = -0.0, .posinf = 6e-8, .neginf = -1e-40}}};
  const shape_t planes = {257, 300};
  for (const dtype type : all_dtypes) {
    for (const std::int64_t n : {0, 1, 65, 1000}) {
      add_cleaned(rows, subset::quick, type, layout::dense, defaults, {n});
    }
    for (const layout lies : all_layouts) {
      add_cleaned(rows, subset::quick, type, lies, defaults, {3, 5, 130});
      add_cleaned(rows, subset::standard, type, lies, defaults, planes);
      add_cleaned(rows, subset::full, type, lies, defaults, {5, 61, 257});
    }
    for (const layout lies : output_layouts) {
      add_cleaned_into(rows, subset::quick, type, lies, {6, 70});
      add_cleaned_into(rows, subset::full, type, lies, planes);
    }
  }
  for (const dtype type : float_dtypes) {
    for (const named_replacements& how : all) {
      add_cleaned(rows, subset::quick, type, layout::misaligned, how, {1000});
      add_cleaned(rows, subset::full, type, layout::transposed, how, {61, 130});
    }
    add_cleaned(rows, type == f32 ? subset::quick : subset::standard, type, layout::dense, defaults,
                {300007});
    add_cleaned(rows, subset::full, type, layout::sliced, defaults, {300007});
  }
}

}  // namespace bitwhere::tool
