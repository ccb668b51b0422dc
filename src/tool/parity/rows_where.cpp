// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/where.hpp>

#include <fmt/format.h>

namespace bitwhere::tool {

namespace {

/// where(mask, x, y) into a new tensor: mask and x in the layout, y dense.
void add_moved(row_list& rows, subset first, dtype type, layout lies, const shape_t& shape) {
  rows.push_back({fmt::format("where/{}/{}/mask/{}", name_of(type), name_of(lies), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [mask = in.tensor("mask", boolean, shape, lies),
                            x = in.tensor("x", type, shape, lies),
                            y = in.tensor("y", type, shape)](stage& s) {
                      const placed at_mask = s.place(mask);
                      const placed at_x = s.place(x);
                      const placed at_y = s.place(y);
                      s.keep("out", s.call(x.elements(), [&](const context& on) {
                        return where(on, at_mask.view(), at_x.view(), at_y.view());
                      }));
                    };
                  }});
}

/// The same into an output that lies otherwise.
void add_written(row_list& rows, subset first, dtype type, layout inputs_lie, layout out_lies,
                 const shape_t& shape) {
  rows.push_back({fmt::format("where/{}/{}/out-{}/{}", name_of(type), name_of(inputs_lie),
                              name_of(out_lies), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, mask = in.tensor("mask", boolean, shape),
                            x = in.tensor("x", type, shape, inputs_lie),
                            y = in.tensor("y", type, shape, inputs_lie)](stage& s) {
                      const placed at_mask = s.place(mask);
                      const placed at_x = s.place(x);
                      const placed at_y = s.place(y);
                      const placed out = s.room(type, shape, out_lies);
                      s.call(x.elements(), [&](const context& on) {
                        where(on, at_mask.view(), at_x.view(), at_y.view(), out.view());
                      });
                      s.keep("out", out);
                    };
                  }});
}

enum class target { x, y, mask };

/// The output is one of the inputs.
void add_in_place(row_list& rows, subset first, dtype type, layout lies, target over,
                  const shape_t& shape) {
  const char* names[] = {"x", "y", "mask"};
  rows.push_back({fmt::format("where/{}/{}/in-place-{}/{}", name_of(type), name_of(lies),
                              names[static_cast<int>(over)], name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, mask = in.tensor("mask", boolean, shape, lies),
                            x = in.tensor("x", type, shape, lies),
                            y = in.tensor("y", type, shape, lies)](stage& s) {
                      const placed at[] = {s.place(x), s.place(y), s.place(mask)};
                      const placed& out = at[static_cast<int>(over)];
                      s.call(x.elements(), [&](const context& on) {
                        where(on, at[2].view(), at[0].view(), at[1].view(), out.view());
                      });
                      s.keep("out", out);
                    };
                  }});
}

constexpr dtype sample[] = {u8, i16, f32, c128};

}  // namespace

void add_where_rows(row_list& rows) {
  const shape_t planes = {257, 300};
  for (const dtype type : all_dtypes) {
    for (const layout lies : all_layouts) {
      add_moved(rows, subset::quick, type, lies, {3, 5, 130});
      add_moved(rows, subset::standard, type, lies, planes);
      add_moved(rows, subset::full, type, lies, {5, 61, 257});
      add_moved(rows, subset::full, type, lies, {20011, 4});
    }
    for (const std::int64_t n : {0, 1, 63, 64, 65, 1000}) {
      add_moved(rows, subset::quick, type, layout::dense, {n});
    }
    for (const layout lies : {layout::dense, layout::misaligned, layout::reversed}) {
      add_moved(rows, subset::full, type, lies, {70001});
      const bool always = type == f32 && lies == layout::dense;  // several threads work
      add_moved(rows, always ? subset::quick : subset::full, type, lies, {300007});
    }
    for (const layout lies : output_layouts) {
      add_written(rows, subset::full, type, layout::dense, lies, planes);
    }
  }
  for (const dtype type : sample) {
    add_moved(rows, subset::standard, type, layout::sliced, {70001});
    add_moved(rows, subset::standard, type, layout::transposed, {601, 509});
    add_moved(rows, subset::standard, type, layout::sliced, {300007});
    for (const layout lies : output_layouts) {
      add_written(rows, subset::quick, type, layout::transposed, lies, {6, 70});
      add_written(rows, subset::standard, type, layout::transposed, lies, planes);
    }
    for (const layout lies : {layout::dense, layout::transposed, layout::misaligned}) {
      for (const target over : {target::x, target::y}) {
        add_in_place(rows, subset::quick, type, lies, over, {6, 70});
        add_in_place(rows, subset::standard, type, lies, over, planes);
      }
    }
  }
  // Outputs so large are written around the cache.
  add_moved(rows, subset::standard, f32, layout::dense, {2101251});
  add_moved(rows, subset::full, f64, layout::misaligned, {1100001});
  add_moved(rows, subset::full, u8, layout::dense, {8400007});
  add_in_place(rows, subset::quick, boolean, layout::dense, target::mask, {1000});
  add_in_place(rows, subset::standard, boolean, layout::sliced, target::mask, planes);
}

}  // namespace bitwhere::tool
