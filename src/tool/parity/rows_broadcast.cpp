// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/where.hpp>

#include <fmt/format.h>

namespace bitwhere::tool {

namespace {

struct shapes {
  subset first;
  const char* name;  // empty: the shapes themselves
  shape_t mask;
  shape_t x;
  shape_t y;
};

/// Sizes of 1 and missing dimensions widen.
void add_widened(row_list& rows, dtype type, layout lies, const shapes& of) {
  const std::string name =
      *of.name != 0 ? of.name
                    : fmt::format("{}+{}+{}", name_of(of.mask), name_of(of.x), name_of(of.y));
  rows.push_back({fmt::format("where/{}/{}/widened/{}", name_of(type), name_of(lies), name),
                  of.first, [=](const inputs& in) -> experiment {
                    return [mask = in.tensor("mask", boolean, of.mask, lies),
                            x = in.tensor("x", type, of.x, lies),
                            y = in.tensor("y", type, of.y, lies)](stage& s) {
                      const placed at_mask = s.place(mask);
                      const placed at_x = s.place(x);
                      const placed at_y = s.place(y);
                      const std::int64_t elements = mask.elements() * x.elements() * y.elements();
                      s.keep("out", s.call(elements, [&](const context& on) {
                        return where(on, at_mask.view(), at_x.view(), at_y.view());
                      }));
                    };
                  }});
}

}  // namespace

void add_broadcast_rows(row_list& rows) {
  const shapes all[] = {
      {subset::quick, "", {2, 1}, {1, 3}, {4, 1, 1}},
      {subset::quick, "", {0, 3}, {1, 3}, {1, 1}},
      {subset::quick, "", {1}, {0}, {1}},
      {subset::quick, "", {}, {}, {}},
      {subset::quick, "", {3, 1, 130}, {3, 5, 130}, {}},
      {subset::quick, "", {3, 5, 1}, {130}, {1, 5, 130}},
      {subset::quick, "", {1, 1, 1}, {3, 5, 7}, {3, 1, 7}},
      {subset::quick, "rank8", {2, 1, 2, 1, 2, 1, 2, 1}, {2, 1, 2, 1, 2, 1, 2}, {2, 2}},
      {subset::quick,
       "rank16",
       {2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1},
       {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1},
       {2, 1, 1, 2}},
      {subset::standard, "", {300}, {257, 300}, {257, 1}},
      {subset::standard, "", {257, 1}, {257, 300}, {300}},
      {subset::standard, "", {7, 1, 113}, {97, 1}, {7, 97, 113}},
      {subset::full, "", {1000, 1}, {1, 311}, {}},
  };
  for (const shapes& of : all) {
    for (const dtype type : {u8, f16, f32, c128}) {
      add_widened(rows, type, layout::dense, of);
      add_widened(rows, type, layout::transposed, of);
      add_widened(rows, type, layout::reversed, of);
    }
  }
}

}  // namespace bitwhere::tool
