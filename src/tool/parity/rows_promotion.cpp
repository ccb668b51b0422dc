// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/where.hpp>

#include <fmt/format.h>

#include <complex>
#include <limits>

namespace bitwhere::tool {

namespace {

/// x and y of two dtypes: one or both are converted on the way.
void add_pair(row_list& rows, subset first, dtype type, dtype other, layout lies,
              const shape_t& shape) {
  rows.push_back({fmt::format("where/{}/{}/with-{}/{}", name_of(type), name_of(lies),
                              name_of(other), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [mask = in.tensor("mask", boolean, shape),
                            x = in.tensor("x", type, shape, lies),
                            y = in.tensor("y", other, shape, lies)](stage& s) {
                      const placed at_mask = s.place(mask);
                      const placed at_x = s.place(x);
                      const placed at_y = s.place(y);
                      s.keep("out", s.call(x.elements(), [&](const context& on) {
                        return where(on, at_mask.view(), at_x.view(), at_y.view());
                      }));
                    };
                  }});
}

/// y of rank 0, which changes the dtype only where it is of a higher kind. On every device it may
/// also stay in host memory.
void add_0d(row_list& rows, subset first, dtype type, dtype other) {
  const shape_t shape = {197};
  constexpr int draws = 5;  // one value alone would show little
  rows.push_back({fmt::format("where/{}/dense/with-0d-{}/197", name_of(type), name_of(other)),
                  first, [=](const inputs& in) -> experiment {
                    std::vector<source> values;
                    values.reserve(draws);
                    for (int i = 0; i < draws; ++i) {
                      values.push_back(in.tensor(fmt::format("y{}", i), other, {}));
                    }
                    return [values = std::move(values), mask = in.tensor("mask", boolean, shape),
                            x = in.tensor("x", type, shape)](stage& s) {
                      const placed at_mask = s.place(mask);
                      const placed at_x = s.place(x);
                      for (const source& value : values) {
                        const placed at_y = s.place(value);
                        s.keep("device", s.call(x.elements(), [&](const context& on) {
                          return where(on, at_mask.view(), at_x.view(), at_y.view());
                        }));
                        source copied = value;
                        const tensor_view on_host(copied.bytes.data(), value.type, {}, {},
                                                  {BW_CPU, 0},
                                                  static_cast<std::uint64_t>(value.origin));
                        s.keep("host", s.call(x.elements(), [&](const context& on) {
                          return where(on, at_mask.view(), on_host, at_x.view());
                        }));
                      }
                    };
                  }});
}

struct named_scalar {
  const char* name;
  scalar value;
};

bool is_half(dtype type) { return type == f16; }
bool is_complex(dtype type) { return type.code == BW_COMPLEX; }

/// y is a number, which changes the dtype only where it is of a higher kind.
void add_scalar(row_list& rows, dtype type, const named_scalar& number) {
  const shape_t shape = {197};
  rows.push_back({fmt::format("where/{}/dense/with-{}/197", name_of(type), number.name),
                  subset::quick, [=](const inputs& in) -> experiment {
                    return [=, mask = in.tensor("mask", boolean, shape),
                            x = in.tensor("x", type, shape)](stage& s) {
                      const placed at_mask = s.place(mask);
                      const placed at_x = s.place(x);
                      s.keep("right", s.call(x.elements(), [&](const context& on) {
                        return where(on, at_mask.view(), at_x.view(), number.value);
                      }));
                      s.keep("left", s.call(x.elements(), [&](const context& on) {
                        return where(on, at_mask.view(), number.value, at_x.view());
                      }));
                    };
                  }});
}

/// No tensor but the condition: the dtype is the scalars' own.
void add_scalars_alone(row_list& rows, const named_scalar& x, const named_scalar& y) {
  const shape_t shape = {1000};
  rows.push_back({fmt::format("where/scalars/dense/{}-with-{}/1000", x.name, y.name), subset::quick,
                  [=](const inputs& in) -> experiment {
                    return [=, mask = in.tensor("mask", boolean, shape)](stage& s) {
                      const placed at_mask = s.place(mask);
                      s.keep("out", s.call(mask.elements(), [&](const context& on) {
                        return where(on, at_mask.view(), x.value, y.value);
                      }));
                    };
                  }});
}

struct pair {
  dtype x;
  dtype y;
};

constexpr pair pairs[] = {{f32, i64},  {f16, bf16}, {u8, i8},   {f64, f32},
                          {bf16, i64}, {c64, f64},  {f16, i32}, {boolean, f32}};

}  // namespace

void add_promotion_rows(row_list& rows) {
  const named_scalar numbers[] = {{"true", true},
                                  {"3", 3},
                                  {"0.1", 0.1},
                                  {"inf", std::numeric_limits<double>::infinity()},
                                  {"nan", std::numeric_limits<double>::quiet_NaN()},
                                  {"0.1-2i", std::complex<double>(0.1, -2)}};
  for (std::size_t i = 0; i < std::size(all_dtypes); ++i) {
    const dtype type = all_dtypes[i];
    for (std::size_t k = 0; k < std::size(all_dtypes); ++k) {
      const dtype other = all_dtypes[k];
      const bool always = (i + 1) % std::size(all_dtypes) == k || (i + 7) % 12 == k;
      add_pair(rows, always ? subset::quick : subset::standard, type, other, layout::dense, {1000});
      // There is no complex32.
      if (is_half(type) && is_complex(other)) continue;
      add_0d(rows, always ? subset::quick : subset::standard, type, other);
    }
    for (const named_scalar& number : numbers) {
      if (is_half(type) && number.value.c().kind == BW_SCALAR_COMPLEX) continue;
      add_scalar(rows, type, number);
    }
  }
  for (const named_scalar& x : numbers) {
    for (const named_scalar& y : numbers) add_scalars_alone(rows, x, y);
  }
  for (const pair& of : pairs) {
    for (const layout lies : all_layouts) {
      add_pair(rows, subset::standard, of.x, of.y, lies, {61, 130});
      add_pair(rows, subset::full, of.x, of.y, lies, {257, 300});
    }
    add_pair(rows, subset::full, of.x, of.y, layout::dense, {70001});
    add_pair(rows, subset::full, of.x, of.y, layout::misaligned, {300007});
  }
}

}  // namespace bitwhere::tool
