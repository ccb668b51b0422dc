// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/nonzero.hpp>

#include <fmt/format.h>

namespace bitwhere::tool {

namespace {

/// Both in the layout, into a new tensor.
void add_selected(row_list& rows, subset first, dtype type, layout lies, const shape_t& shape) {
  rows.push_back(
      {fmt::format("masked_select/{}/{}/mask/{}", name_of(type), name_of(lies), name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         return [mask = in.tensor("mask", boolean, shape, lies),
                 x = in.tensor("x", type, shape, lies)](stage& s) {
           const placed at_mask = s.place(mask);
           const placed at_x = s.place(x);
           s.keep("out", s.call(x.elements(), [&](const context& on) {
             return masked_select(on, at_x.view(), at_mask.view());
           }));
         };
       }});
}

/// By a predicate of x itself, into outputs that lie otherwise, with room for less than all hits,
/// for all, and for more.
void add_selected_into(row_list& rows, subset first, dtype type, layout out_lies,
                       const shape_t& shape) {
  rows.push_back({fmt::format("masked_select/{}/dense/into-{}/{}", name_of(type), name_of(out_lies),
                              name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape)](stage& s) {
                      const placed at_x = s.place(x);
                      const condition hit = nonzero(at_x.view());
                      const tensor all = s.call(x.elements(), [&](const context& on) {
                        return masked_select(on, at_x.view(), hit);
                      });
                      const auto keep = [&](const char* name, std::int64_t capacity,
                                            const select_options& options) {
                        const placed out = s.room(type, {capacity}, out_lies);
                        const found counted = s.call(x.elements(), [&](const context& on) {
                          found seen(on);
                          masked_select(on, at_x.view(), hit, options, out.view(), seen.c());
                          return seen;
                        });
                        s.keep(name, out);
                        s.keep(std::string(name) + " found", counted.cells());
                      };
                      keep("less", all.size() / 2, {.fill = true});
                      keep("equal", all.size(), {.fill = true});
                      keep("more", all.size() + 70, {.fill = true});
                      keep("kept", all.size() + 70, {.fill = true, .keep_rest = true});
                    };
                  }});
}

/// Sizes of 1 and missing dimensions widen either side.
void add_selected_wide(row_list& rows, dtype type, layout lies, const shape_t& of_x,
                       const shape_t& of_mask) {
  rows.push_back({fmt::format("masked_select/{}/{}/widened/{}+{}", name_of(type), name_of(lies),
                              name_of(of_x), name_of(of_mask)),
                  subset::quick, [=](const inputs& in) -> experiment {
                    return [x = in.tensor("x", type, of_x, lies),
                            mask = in.tensor("mask", boolean, of_mask, lies)](stage& s) {
                      const placed at_x = s.place(x);
                      const placed at_mask = s.place(mask);
                      s.keep("out", s.call(x.elements() * mask.elements(), [&](const context& on) {
                        return masked_select(on, at_x.view(), at_mask.view());
                      }));
                    };
                  }});
}

}  // namespace

void add_select_rows(row_list& rows) {
  for (const dtype type : all_dtypes) {
    for (const layout lies : all_layouts) {
      add_selected(rows, subset::quick, type, lies, {3, 5, 130});
      add_selected(rows, subset::standard, type, lies, {257, 300});
      add_selected(rows, subset::full, type, lies, {20011, 4});
    }
    for (const std::int64_t n : {0, 1, 63, 64, 65, 1000}) {
      add_selected(rows, subset::quick, type, layout::dense, {n});
    }
    add_selected(rows, type == f32 ? subset::quick : subset::full, type, layout::dense, {300007});
    add_selected_into(rows, subset::quick, type, layout::dense, {6, 70});
    for (const layout lies : output_layouts) {
      add_selected_into(rows, subset::full, type, lies, {13, 70});
    }
    add_selected_into(rows, subset::standard, type, layout::dense, {601, 509});
  }
  const std::pair<shape_t, shape_t> wide[] = {
      {{}, {70}},      {{70}, {}},           {{3, 70}, {1}},       {{3, 1}, {70}}, {{67}, {5, 67}},
      {{5, 67}, {67}}, {{2, 1, 70}, {3, 1}}, {{3, 1}, {2, 1, 70}}, {{0}, {1}},     {{3, 1}, {3, 0}},
      {{}, {}}};
  for (const dtype type : {boolean, bf16, f32, i64, c128}) {
    // Rows that are shorter than a tile.
    for (const layout lies : {layout::transposed, layout::sliced}) {
      add_selected(rows, subset::quick, type, lies, {40, 3, 5});
    }
    for (const layout lies : {layout::dense, layout::sliced}) {
      for (const auto& [of_x, of_mask] : wide) {
        add_selected_wide(rows, type, lies, of_x, of_mask);
      }
    }
  }
  // Values that are written around the cache.
  add_selected(rows, subset::full, f64, layout::dense, {1100001});
}

}  // namespace bitwhere::tool
