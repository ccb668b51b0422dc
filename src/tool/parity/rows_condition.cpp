// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/where.hpp>

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace bitwhere::tool {

namespace {

struct named_predicate {
  bw_predicate predicate;
  const char* name;
};

constexpr named_predicate comparisons[] = {{BW_LT, "lt"}, {BW_LE, "le"}, {BW_GT, "gt"},
                                           {BW_GE, "ge"}, {BW_EQ, "eq"}, {BW_NE, "ne"}};
constexpr named_predicate predicates[] = {
    {BW_ISNAN, "isnan"}, {BW_ISINF, "isinf"}, {BW_ISFINITE, "isfinite"}, {BW_NONZERO, "nonzero"}};

struct named_scalar {
  const char* name;
  scalar value;
};

/// Thresholds that lie beside, between or beyond what dtypes hold.
const std::vector<named_scalar>& thresholds() {
  static const std::vector<named_scalar> all = {
      {"true", true},
      {"0", 0},
      {"-1", -1},
      {"2", 2},
      {"127", 127},
      {"300", 300},
      {"2^53+1", (std::int64_t{1} << 53) + 1},
      {"lowest", std::numeric_limits<std::int64_t>::min()},
      {"highest", std::numeric_limits<std::int64_t>::max()},
      {"-0.0", -0.0},
      {"0.1", 0.1},
      {"-0.5", -0.5},
      {"1.0", 1.0},
      {"6e-8", 6e-8},
      {"65520.0", 65520.0},
      {"1e30", 1e30},
      {"2^63", 0x1p63},
      {"inf", std::numeric_limits<double>::infinity()},
      {"-inf", -std::numeric_limits<double>::infinity()},
      {"nan", std::numeric_limits<double>::quiet_NaN()}};
  return all;
}

void keep_mask(stage& s, const std::string& name, const shape_t& shape, const condition& of) {
  const placed out = s.room(boolean, shape, layout::dense);
  s.call(out.from().elements(), [&](const context& on) { mask(on, of, out.view()); });
  s.keep(name, out);
}

/// One comparison with every threshold.
void add_thresholds(row_list& rows, dtype type, named_predicate compares) {
  const shape_t shape = {197};
  rows.push_back({fmt::format("mask/{}/dense/{}-scalars/197", name_of(type), compares.name),
                  subset::quick, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape)](stage& s) {
                      const placed at_x = s.place(x);
                      for (const named_scalar& t : thresholds()) {
                        keep_mask(s, t.name, shape,
                                  condition(compares.predicate, at_x.view(), t.value));
                      }
                    };
                  }});
}

/// where(x > 1, x, y), the condition in no memory.
void add_compared_where(row_list& rows, subset first, dtype type, layout lies,
                        named_predicate compares, const shape_t& shape) {
  rows.push_back({fmt::format("where/{}/{}/{}-scalar/{}", name_of(type), name_of(lies),
                              compares.name, name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape, lies),
                            y = in.tensor("y", type, shape)](stage& s) {
                      const placed at_x = s.place(x);
                      const placed at_y = s.place(y);
                      const condition chosen(compares.predicate, at_x.view(), 1);
                      s.keep("out", s.call(x.elements(), [&](const context& on) {
                        return where(on, chosen, at_x.view(), at_y.view());
                      }));
                    };
                  }});
}

void add_predicate(row_list& rows, subset first, dtype type, layout lies, named_predicate is,
                   const shape_t& shape) {
  rows.push_back(
      {fmt::format("mask/{}/{}/{}/{}", name_of(type), name_of(lies), is.name, name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         return [=, x = in.tensor("x", type, shape, lies)](stage& s) {
           const placed at_x = s.place(x);
           keep_mask(s, "out", shape, condition(is.predicate, at_x.view()));
         };
       }});
}

/// Two tensors by every comparison, in the dtype that they promote to.
void add_compared_tensors(row_list& rows, subset first, dtype left, dtype right, layout lies,
                          const shape_t& shape) {
  rows.push_back({fmt::format("mask/{}/{}/compare-{}/{}", name_of(left), name_of(lies),
                              name_of(right), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", left, shape, lies),
                            y = in.tensor("y", right, shape)](stage& s) {
                      const placed at_x = s.place(x);
                      const placed at_y = s.place(y);
                      for (const named_predicate& compares : comparisons) {
                        keep_mask(s, compares.name, shape,
                                  condition(compares.predicate, at_x.view(), at_y.view()));
                      }
                    };
                  }});
}

void add_comparisons(row_list& rows) {
  constexpr named_predicate greater = comparisons[2];
  const shape_t planes = {257, 300};
  for (const dtype type : real_dtypes) {
    for (const named_predicate& compares : comparisons) {
      add_thresholds(rows, type, compares);
      add_compared_where(rows, subset::quick, type, layout::dense, compares, {1000});
      add_compared_where(rows, subset::full, type, layout::dense, compares, {70001});
    }
    for (const layout lies : all_layouts) {
      add_compared_where(rows, subset::standard, type, lies, greater, planes);
    }
    for (const dtype other : real_dtypes) {
      const bool always = type == other || other == f32 || other == i64;
      add_compared_tensors(rows, always ? subset::quick : subset::standard, type, other,
                           layout::dense, {197});
    }
    add_compared_where(rows, subset::full, type, layout::dense, greater, {300007});
    add_compared_tensors(rows, subset::full, type, type, layout::dense, {70001});
  }
  for (const dtype type : {u8, f16, f32}) {
    add_compared_where(rows, subset::standard, type, layout::misaligned, greater, {300007});
  }
  for (const layout lies : all_layouts) {
    add_compared_tensors(rows, subset::standard, f32, i64, lies, planes);
    add_compared_tensors(rows, subset::full, u8, i8, lies, planes);
    add_compared_tensors(rows, subset::full, f16, bf16, lies, planes);
    add_compared_tensors(rows, subset::full, i64, f64, lies, planes);
  }
}

}  // namespace

void add_condition_rows(row_list& rows) {
  add_comparisons(rows);
  for (const named_predicate& is : predicates) {
    for (const dtype type : all_dtypes) {
      add_predicate(rows, subset::quick, type, layout::dense, is, {1000});
    }
    for (const dtype type : {f16, f32, c64}) {
      for (const layout lies : all_layouts) {
        add_predicate(rows, subset::standard, type, lies, is, {61, 130});
        add_predicate(rows, subset::full, type, lies, is, {257, 300});
      }
    }
  }
}

}  // namespace bitwhere::tool
