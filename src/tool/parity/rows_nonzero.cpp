// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/nonzero.hpp>

#include <fmt/format.h>

namespace bitwhere::tool {

namespace {

struct named_form {
  const char* name;
  index_form form;
};

constexpr named_form rows_form = {"rows", index_form::rows};
constexpr named_form all_forms[] = {
    rows_form, {"columns", index_form::columns}, {"flat", index_form::flat}};

/// Into a new tensor.
void add_found(row_list& rows, subset first, dtype type, layout lies, const named_form& how,
               dtype index, const shape_t& shape) {
  rows.push_back({fmt::format("nonzero/{}/{}/{}-{}/{}", name_of(type), name_of(lies), how.name,
                              name_of(index), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape, lies)](stage& s) {
                      const placed at_x = s.place(x);
                      s.keep("out", s.call(x.elements(), [&](const context& on) {
                        return nonzero(on, at_x.view(), {.form = how.form, .index = index});
                      }));
                    };
                  }});
}

/// Keeps an output of a fixed capacity, and how much of it is used.
void keep_bounded(stage& s, std::int64_t elements, const std::string& name, const condition& of,
                  const nonzero_options& options, const placed& out) {
  const found counted = s.call(elements, [&](const context& on) {
    found seen(on);
    nonzero(on, of, options, out.view(), seen.c());
    return seen;
  });
  s.keep(name, out);
  s.keep(name + " found", counted.cells());
}

/// Into outputs that lie otherwise, with room for less than all hits, for all, and for more.
void add_found_into(row_list& rows, subset first, dtype type, layout out_lies,
                    const named_form& how, dtype index, const shape_t& shape) {
  rows.push_back({fmt::format("nonzero/{}/dense/into-{}-{}-{}/{}", name_of(type), name_of(out_lies),
                              how.name, name_of(index), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape)](stage& s) {
                      const placed at_x = s.place(x);
                      const condition of = nonzero(at_x.view());
                      const tensor all = s.call(x.elements(), [&](const context& on) {
                        return nonzero(on, of, {.form = index_form::flat});
                      });
                      const auto room = [&](std::int64_t n) {
                        return s.room(index, detail::index_shape(how.form, n, shape.size()),
                                      out_lies);
                      };
                      const nonzero_options options = {.form = how.form, .fill = -7};
                      keep_bounded(s, x.elements(), "less", of, options, room(all.size() / 2));
                      keep_bounded(s, x.elements(), "equal", of, options, room(all.size()));
                      keep_bounded(s, x.elements(), "more", of, options, room(all.size() + 70));
                      const nonzero_options keep = {.form = how.form, .keep_rest = true};
                      keep_bounded(s, x.elements(), "kept", of, keep, room(all.size() + 70));
                    };
                  }});
}

/// Of labels, of which a share lies below a threshold: alone, or with stride 0 in runs.
void add_dense(row_list& rows, subset first, dtype type, layout lies, std::int64_t per_mille,
               const shape_t& shape) {
  rows.push_back({fmt::format("nonzero/{}/{}/{}-per-mille/{}", name_of(type), name_of(lies),
                              per_mille, name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.labels("x", type, shape, lies, {1000, 500})](stage& s) {
                      const placed at_x = s.place(x);
                      const condition below = at_x.view() < per_mille;
                      s.keep("columns", s.call(x.elements(), [&](const context& on) {
                        return nonzero(on, below, {.form = index_form::columns});
                      }));
                      const auto capacity = static_cast<std::int64_t>(x.elements() / 3);
                      const placed out = s.room(i32, {capacity}, layout::dense);
                      keep_bounded(s, x.elements(), "flat", below, {.form = index_form::flat}, out);
                    };
                  }});
}

/// Of predicates and of tensors that broadcast.
void add_conditions(row_list& rows, subset first, dtype type, layout lies, const shape_t& shape) {
  rows.push_back(
      {fmt::format("nonzero/{}/{}/conditions/{}", name_of(type), name_of(lies), name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         return [=, x = in.tensor("x", type, shape, lies), y = in.tensor("y", type, shape),
                 row = in.tensor("row", f32, {shape.back()}),
                 mask = in.tensor("mask", boolean, {shape.front(), 1})](stage& s) {
           const placed at_x = s.place(x);
           const placed at_y = s.place(y);
           const placed at_row = s.place(row);
           const placed at_mask = s.place(mask);
           const condition all[] = {isnan(at_x.view()), at_x.view() < at_y.view(),
                                    at_row.view() > 0 && at_mask.view(),
                                    (at_x.view() > 0 && !isinf(at_y.view())) || at_mask.view()};
           const char* names[] = {"isnan", "less", "broadcast", "tree"};
           for (std::size_t i = 0; i < std::size(all); ++i) {
             s.keep(names[i],
                    s.call(x.elements(), [&](const context& on) { return nonzero(on, all[i]); }));
           }
         };
       }});
}

}  // namespace

void add_nonzero_rows(row_list& rows) {
  const shape_t planes = {257, 300};
  for (const dtype type : all_dtypes) {
    for (const layout lies : all_layouts) {
      add_found(rows, subset::quick, type, lies, rows_form, i64, {3, 5, 130});
      add_found(rows, subset::standard, type, lies, rows_form, i32, planes);
      add_found(rows, subset::full, type, lies, all_forms[1], i64, {5, 61, 257});
      add_found(rows, subset::full, type, lies, all_forms[2], i64, {20011, 4});
    }
    for (const std::int64_t n : {0, 1, 63, 64, 65, 1000}) {
      add_found(rows, subset::quick, type, layout::dense, all_forms[2], i64, {n});
    }
    add_found(rows, type == u8 ? subset::quick : subset::full, type, layout::dense, rows_form, i64,
              {300007});
    add_found_into(rows, subset::quick, type, layout::sliced, rows_form, i64, {6, 70});
  }
  for (const dtype type : {boolean, f32, c128}) {
    // Rows that are shorter than a tile.
    for (const layout lies : {layout::transposed, layout::sliced}) {
      add_found(rows, subset::quick, type, lies, rows_form, i64, {40, 3, 5});
    }
    for (const named_form& how : all_forms) {
      for (const dtype index : {i64, i32}) {
        for (const shape_t& shape : {shape_t{}, {70}, {6, 70}, {2, 3, 2, 5, 3}, {0, 5}, {5, 0}}) {
          add_found(rows, subset::quick, type, layout::misaligned, how, index, shape);
        }
        add_found_into(rows, subset::quick, type, layout::dense, how, index, {6, 71});
        add_found_into(rows, subset::standard, type, layout::dense, how, index, {601, 509});
        for (const layout lies : output_layouts) {
          add_found_into(rows, subset::standard, type, lies, how, index, {13, 70});
        }
      }
    }
  }
  for (const dtype type : {i16, i64}) {
    for (const std::int64_t per_mille : {0, 1, 10, 100, 500, 990, 1000}) {
      add_dense(rows, subset::quick, type, layout::dense, per_mille, {6, 700});
      add_dense(rows, subset::standard, type, layout::dense, per_mille, {601, 509});
      add_dense(rows, subset::full, type, layout::broadcast_inner, per_mille, {3001, 101});
      add_dense(rows, subset::full, type, layout::transposed, per_mille, {257, 300});
      add_dense(rows, subset::full, type, layout::dense, per_mille, {70001});
    }
  }
  for (const dtype type : {u8, f16, f32, i64}) {
    for (const layout lies : all_layouts) {
      add_conditions(rows, subset::quick, type, lies, {6, 70});
      add_conditions(rows, subset::standard, type, lies, planes);
    }
  }
  // Indices that are written around the cache.
  add_found(rows, subset::standard, u8, layout::dense, all_forms[2], i64, {2101251});
  add_found(rows, subset::full, f32, layout::dense, rows_form, i32, {1449, 1451});
}

}  // namespace bitwhere::tool
