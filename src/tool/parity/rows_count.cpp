// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/count.hpp>

#include <fmt/format.h>

namespace bitwhere::tool {

namespace {

struct named_reduction {
  const char* name;
  reduction over;
};

void add_counted(row_list& rows, subset first, dtype type, layout lies, const named_reduction& how,
                 const shape_t& shape) {
  rows.push_back({fmt::format("count_nonzero/{}/{}/{}/{}", name_of(type), name_of(lies), how.name,
                              name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape, lies)](stage& s) {
                      const placed at_x = s.place(x);
                      s.keep("out", s.call(x.elements(), [&](const context& on) {
                        return count_nonzero(on, at_x.view(), how.over);
                      }));
                    };
                  }});
}

/// Counts of conditions, into outputs that lie otherwise.
void add_counted_conditions(row_list& rows, subset first, dtype type, layout lies,
                            const shape_t& shape) {
  rows.push_back({fmt::format("count_nonzero/{}/{}/conditions/{}", name_of(type), name_of(lies),
                              name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape, lies),
                            y = in.tensor("y", type, shape)](stage& s) {
                      const placed at_x = s.place(x);
                      const placed at_y = s.place(y);
                      const condition all[] = {isnan(at_x.view()), at_x.view() < at_y.view(),
                                               at_x.view() > 0 && !isinf(at_y.view())};
                      const char* names[] = {"isnan", "less", "tree"};
                      for (std::size_t i = 0; i < std::size(all); ++i) {
                        const placed out = s.room(i64, {shape[0]}, output_layouts[i]);
                        s.call(x.elements(), [&](const context& on) {
                          count_nonzero(on, all[i], {.dims = {-1}}, out.view());
                        });
                        s.keep(names[i], out);
                      }
                    };
                  }});
}

}  // namespace

void add_count_rows(row_list& rows) {
  const named_reduction whole = {"all", {}};
  const named_reduction of_rows = {"rows", {.dims = {-1}}};
  const named_reduction of_columns = {"columns", {.dims = {0}}};
  const named_reduction in_3d[] = {{"all-keepdim", {.dims = {}, .keepdim = true}},
                                   {"dim1", {.dims = {1}}},
                                   {"dims0+2", {.dims = {0, 2}}},
                                   {"dims2+1-keepdim", {.dims = {2, 1}, .keepdim = true}},
                                   {"rows", {.dims = {-1}}},
                                   {"columns", {.dims = {0}}}};
  for (const dtype type : all_dtypes) {
    for (const std::int64_t n : {0, 1, 63, 64, 65, 1000}) {
      add_counted(rows, subset::quick, type, layout::dense, whole, {n});
    }
    for (const layout lies : all_layouts) {
      add_counted(rows, subset::quick, type, lies, in_3d[2], {3, 5, 130});
      for (const named_reduction& how : {whole, of_rows, of_columns}) {
        add_counted(rows, subset::standard, type, lies, how, {257, 300});
      }
    }
    for (const named_reduction& how : in_3d) {
      add_counted(rows, subset::full, type, layout::dense, how, {5, 61, 257});
    }
    for (const layout lies : {layout::dense, layout::misaligned, layout::sliced}) {
      const bool always = type == f16 && lies == layout::dense;
      add_counted(rows, always ? subset::quick : subset::full, type, lies, whole, {300007});
    }
  }
  for (const dtype type : {boolean, u8, f16, f32, c128}) {
    for (const named_reduction& how : in_3d) {
      add_counted(rows, subset::quick, type, layout::dense, how, {3, 5, 131});
      add_counted(rows, subset::standard, type, layout::transposed, how, {3, 5, 131});
    }
    for (const named_reduction& how : {whole, of_rows, of_columns}) {
      add_counted(rows, subset::standard, type, layout::dense, how, {7, 50021});
      add_counted(rows, subset::standard, type, layout::dense, how, {50021, 7});
      add_counted(rows, subset::quick, type, layout::dense, how, {5, 0});
      add_counted(rows, subset::quick, type, layout::dense, how, {0, 5});
    }
  }
  for (const dtype type : {u8, f16, f32, i64}) {
    for (const layout lies : all_layouts) {
      add_counted_conditions(rows, subset::quick, type, lies, {6, 70});
      add_counted_conditions(rows, subset::standard, type, lies, {257, 300});
    }
  }
}

}  // namespace bitwhere::tool
