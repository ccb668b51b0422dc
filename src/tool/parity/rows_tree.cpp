// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/where.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace bitwhere::tool {

namespace {

/// How && and || nest: (((a b) c) d), (a (b (c d))) or ((a b) (c d)).
enum class nesting { left, right, balanced };

/// The tensors that leaves look at; `across` widens over all but the last dimension.
struct operands {
  placed mask;
  placed x;
  placed y;
  placed labels;
  placed across;
};

condition leaf(const operands& of, int number) {
  switch (number) {
    case 0:
      return of.x.view() > 0.5;
    case 1:
      return of.mask.view();
    case 2:
      return !isnan(of.y.view());
    case 3:
      return of.x.view() <= of.y.view();
    case 4:
      return of.labels.view() != 1;
    case 5:
      return of.across.view() < of.x.view();
    case 6:
      return nonzero(of.labels.view());
    default:
      return !(isfinite(of.x.view()) && of.x.view() != -1);
  }
}

/// Leaves first to last-1; && and || take turns, and every third join is negated.
condition joined(const operands& of, nesting how, int first, int last) {
  const int count = last - first;
  if (count == 1) return leaf(of, first);
  const int left = how == nesting::left ? count - 1 : how == nesting::right ? 1 : count / 2;
  const condition a = joined(of, how, first, first + left);
  const condition b = joined(of, how, first + left, last);
  const condition both = (first + count) % 2 == 0 ? a && b : a || b;
  return count % 3 == 0 ? !both : both;
}

/// The tree of 1 to 8 leaves. Leaf 7 counts as two, so that it takes the place of two.
condition tree(const operands& of, nesting how, int leaves) {
  if (leaves < BW_MAX_LEAVES) return joined(of, how, 0, leaves);
  return joined(of, how, 0, BW_MAX_LEAVES - 2) || leaf(of, BW_MAX_LEAVES - 1);
}

/// where(tree, x, 0) and the tree itself; the leaves look at five dtypes.
void add_tree(row_list& rows, subset first, dtype type, layout lies, nesting how, int leaves,
              const shape_t& shape) {
  const char* names[] = {"left", "right", "balanced"};
  rows.push_back({fmt::format("where/{}/{}/tree{}-{}/{}", name_of(type), name_of(lies), leaves,
                              names[static_cast<int>(how)], name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, mask = in.tensor("mask", boolean, shape, lies),
                            x = in.tensor("x", type, shape, lies), y = in.tensor("y", f64, shape),
                            labels = in.tensor("labels", i16, shape, lies),
                            across = in.tensor("across", i32, {shape.back()})](stage& s) {
                      const operands of = {s.place(mask), s.place(x), s.place(y), s.place(labels),
                                           s.place(across)};
                      const condition chosen = tree(of, how, leaves);
                      s.keep("out", s.call(x.elements(), [&](const context& on) {
                        return where(on, chosen, of.x.view(), 0);
                      }));
                      s.keep("chosen", s.call(x.elements(), [&](const context& on) {
                        return where(on, chosen, true, false);
                      }));
                    };
                  }});
}

}  // namespace

void add_tree_rows(row_list& rows) {
  for (int leaves = 1; leaves <= BW_MAX_LEAVES; ++leaves) {
    for (const nesting how : {nesting::left, nesting::right, nesting::balanced}) {
      if (leaves < 3 && how != nesting::left) continue;  // the same tree
      for (const dtype type : real_dtypes) {
        const bool always = type == f32 || type == u8;
        add_tree(rows, always ? subset::quick : subset::standard, type, layout::dense, how, leaves,
                 {1000});
      }
      add_tree(rows, subset::standard, f32, layout::sliced, how, leaves, {70001});
      add_tree(rows, subset::full, f16, layout::dense, how, leaves, {300007});
      add_tree(rows, subset::full, i64, layout::misaligned, how, leaves, {70001});
    }
  }
  for (const layout lies : all_layouts) {
    for (const dtype type : {u8, f16, f32, f64}) {
      add_tree(rows, subset::quick, type, lies, nesting::balanced, 5, {3, 5, 130});
      add_tree(rows, subset::standard, type, lies, nesting::balanced, BW_MAX_LEAVES, {257, 300});
    }
  }
}

}  // namespace bitwhere::tool
