// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/tensor.hpp>

#include <fmt/format.h>

namespace bitwhere::tool {

namespace {

/// Bits move as they are, those of bools too.
void add_copied(row_list& rows, subset first, dtype type, layout lies, layout out_lies,
                const shape_t& shape) {
  rows.push_back({fmt::format("copy/{}/{}/to-{}/{}", name_of(type), name_of(lies),
                              name_of(out_lies), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape, lies)](stage& s) {
                      const placed at_x = s.place(x);
                      const placed out = s.room(type, shape, out_lies);
                      s.call(x.elements(),
                             [&](const context& on) { copy(on, at_x.view(), out.view()); });
                      s.keep("out", out);
                    };
                  }});
}

}  // namespace

void add_copy_rows(row_list& rows) {
  for (const dtype type : all_dtypes) {
    for (const layout lies : all_layouts) {
      add_copied(rows, subset::quick, type, lies, layout::transposed, {3, 5, 130});
      add_copied(rows, subset::quick, type, lies, layout::misaligned, {3, 5, 130});
      add_copied(rows, subset::standard, type, lies, layout::transposed, {257, 300});
      add_copied(rows, subset::full, type, lies, layout::reversed, {61, 130});
      add_copied(rows, subset::full, type, lies, layout::sliced, {61, 130});
    }
    for (const std::int64_t n : {0, 1, 63, 64, 65}) {
      add_copied(rows, subset::quick, type, layout::reversed, layout::sliced, {n});
    }
    add_copied(rows, subset::full, type, layout::misaligned, layout::reversed, {300007});
  }
}

}  // namespace bitwhere::tool
