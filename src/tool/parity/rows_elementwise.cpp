// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"
#include "digest.hpp"

#include <bitwhere/elementwise.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bitwhere::tool {

namespace {

using function = void (*)(const context&, const tensor_view&, const guard&, const tensor_view&);

struct named_function {
  const char* name;
  function compute;
};

constexpr named_function functions[] = {{"exp", exp},           {"log", log},
                                        {"log1p", log1p},       {"sigmoid", sigmoid},
                                        {"softplus", softplus}, {"log_sigmoid", log_sigmoid}};

/// What guards: nothing, a stored mask, or a comparison of x itself.
enum class guarded { nowhere, by_mask, by_x };

constexpr const char* title_of(guarded how) {
  constexpr const char* names[] = {"plain", "masked", "compared"};
  return names[static_cast<int>(how)];
}

guard guard_of(guarded how, const placed& mask, const placed& x) {
  if (how == guarded::by_mask) return {condition(mask.view()), -3.25};
  if (how == guarded::by_x) return {x.view() > 0 && isfinite(x.view()), 7};
  return {};
}

/// f(x) into a dense output.
void add_computed(row_list& rows, subset first, const named_function& f, dtype type, layout lies,
                  guarded how, const shape_t& shape) {
  rows.push_back({fmt::format("{}/{}/{}/{}/{}", f.name, name_of(type), name_of(lies), title_of(how),
                              name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, mask = in.tensor("mask", boolean, shape, lies),
                            x = in.tensor("x", type, shape, lies)](stage& s) {
                      const placed at_mask = s.place(mask);
                      const placed at_x = s.place(x);
                      const placed out = s.room(type, shape, layout::dense);
                      s.call(x.elements(), [&](const context& on) {
                        f.compute(on, at_x.view(), guard_of(how, at_mask, at_x), out.view());
                      });
                      s.keep("out", out);
                    };
                  }});
}

/// Into an output that lies otherwise, and in place.
void add_computed_into(row_list& rows, subset first, const named_function& f, dtype type,
                       layout lies, const shape_t& shape) {
  rows.push_back(
      {fmt::format("{}/{}/{}/into/{}", f.name, name_of(type), name_of(lies), name_of(shape)), first,
       [=](const inputs& in) -> experiment {
         return [=, mask = in.tensor("mask", boolean, shape),
                 x = in.tensor("x", type, shape)](stage& s) {
           const placed at_mask = s.place(mask);
           const placed at_x = s.place(x);
           const placed out = s.room(type, shape, lies);
           s.call(x.elements(),
                  [&](const context& on) { f.compute(on, at_x.view(), {}, out.view()); });
           s.keep("out", out);
           s.call(x.elements(), [&](const context& on) {
             f.compute(on, at_x.view(), guard_of(guarded::by_mask, at_mask, at_x), at_x.view());
           });
           s.keep("in place", at_x);
         };
       }});
}

/// x / y with a default guard; y has no first dimension.
void add_divided(row_list& rows, subset first, dtype x_type, dtype y_type, layout lies,
                 const shape_t& shape) {
  rows.push_back({fmt::format("safe_divide/{}+{}/{}/plain/{}", name_of(x_type), name_of(y_type),
                              name_of(lies), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [x = in.tensor("x", x_type, shape, lies),
                            y = in.tensor("y", y_type, shape_t(shape.begin() + 1, shape.end()),
                                          lies)](stage& s) {
                      const placed at_x = s.place(x);
                      const placed at_y = s.place(y);
                      s.keep("out", s.call(x.elements(), [&](const context& on) {
                        return safe_div(on, at_x.view(), at_y.view(), {.otherwise = -1});
                      }));
                    };
                  }});
}

/// By a divisor without dimensions that becomes 0 in the dtype of x, whose smallest number is
/// 2^exponent, and by one that does not.
void add_divided_by_little(row_list& rows, dtype x_type, dtype y_type, int exponent,
                           const shape_t& shape) {
  rows.push_back(
      {fmt::format("safe_divide/{}+{}/dense/little/{}", name_of(x_type), name_of(y_type),
                   name_of(shape)),
       subset::quick, [=](const inputs& in) -> experiment {
         return [=, x = in.tensor("x", x_type, shape)](stage& s) {
           const placed at_x = s.place(x);
           for (const double halves : {1.0, 1.5}) {
             const double divisor = std::ldexp(halves, exponent - 1);
             const auto narrow = static_cast<float>(divisor);
             source y = make_source(y_type, {}, layout::dense);
             const void* const bits = y_type == f64 ? static_cast<const void*>(&divisor) : &narrow;
             std::memcpy(y.bytes.data() + y.origin, bits, static_cast<std::size_t>(y_type.bytes()));
             const placed at_y = s.place(y);
             s.keep(halves == 1 ? "zero" : "least", s.call(x.elements(), [&](const context& on) {
               return safe_div(on, at_x.view(), at_y.view(), {.otherwise = -1});
             }));
           }
         };
       }});
}

/// By and of a scalar, under a mask.
void add_divided_by_scalars(row_list& rows, dtype type, const shape_t& shape) {
  rows.push_back({fmt::format("safe_divide/{}/dense/scalars/{}", name_of(type), name_of(shape)),
                  subset::quick, [=](const inputs& in) -> experiment {
                    return [mask = in.tensor("mask", boolean, shape),
                            x = in.tensor("x", type, shape)](stage& s) {
                      const placed at_mask = s.place(mask);
                      const placed at_x = s.place(x);
                      const guard masked = {condition(at_mask.view()), 2};
                      s.keep("by", s.call(x.elements(), [&](const context& on) {
                        return safe_div(on, at_x.view(), 3, masked);
                      }));
                      s.keep("of", s.call(x.elements(), [&](const context& on) {
                        return safe_div(on, 3, at_x.view(), masked);
                      }));
                    };
                  }});
}

/// Every f32 whose bits are a multiple of `step`: a number for every stretch of results.
void add_counted_through(row_list& rows, subset first, const named_function& f,
                         std::uint64_t step) {
  rows.push_back(
      {fmt::format("{}/f32/dense/every-bits/{}", f.name, step), first,
       [=](const inputs&) -> experiment {
         return [=](stage& s) {
           constexpr std::uint64_t all = std::uint64_t{1} << 32;
           constexpr std::int64_t stretch = std::int64_t{1} << 22;
           std::vector<std::int64_t> digests;
           for (std::uint64_t bits = 0; bits < all;) {
             const auto left = static_cast<std::int64_t>((all - bits + step - 1) / step);
             source x = make_source(f32, {std::min(stretch, left)}, layout::dense);
             for (std::int64_t i = 0; i < x.elements(); ++i, bits += step) {
               const auto low = static_cast<std::uint32_t>(bits);
               std::memcpy(x.bytes.data() + x.origin + i * 4, &low, sizeof low);
             }
             const placed at_x = s.place(x);
             s.call(x.elements(),
                    [&](const context& on) { f.compute(on, at_x.view(), {}, at_x.view()); });
             digests.push_back(static_cast<std::int64_t>(digest_of_words(at_x.buffer())));
           }
           s.keep("digests", digests);
         };
       }});
}

}  // namespace

void add_elementwise_rows(row_list& rows) {
  const shape_t planes = {257, 300};
  constexpr guarded ways[] = {guarded::nowhere, guarded::by_mask, guarded::by_x};
  for (const named_function& f : functions) {
    for (const dtype type : computed_dtypes) {
      for (const std::int64_t n : {0, 1, 65, 1000}) {
        add_computed(rows, subset::quick, f, type, layout::dense, guarded::nowhere, {n});
      }
      for (const layout lies : all_layouts) {
        for (const guarded how : ways) {
          add_computed(rows, subset::quick, f, type, lies, how, {3, 5, 130});
        }
        add_computed(rows, subset::full, f, type, lies, guarded::by_x, planes);
      }
      for (const layout lies : output_layouts) {
        add_computed_into(rows, subset::quick, f, type, lies, {6, 70});
        add_computed_into(rows, subset::full, f, type, lies, planes);
      }
      add_computed(rows, subset::standard, f, type, layout::dense, guarded::nowhere, {300007});
    }
    add_counted_through(rows, subset::quick, f, 65521);
    add_counted_through(rows, subset::standard, f, 4093);
    add_counted_through(rows, subset::full, f, 61);
  }
  // Outputs so large are written around the cache.
  add_computed(rows, subset::standard, functions[0], f32, layout::dense, guarded::nowhere,
               {2101251});
  add_computed(rows, subset::full, functions[1], f64, layout::misaligned, guarded::by_x, {1100001});
  add_computed(rows, subset::full, functions[3], bf16, layout::dense, guarded::by_mask, {4300007});
  for (const dtype x_type : real_dtypes) {
    for (const dtype y_type : real_dtypes) {
      add_divided(rows, subset::quick, x_type, y_type, layout::dense, {7, 37});
      add_divided(rows, subset::full, x_type, y_type, layout::sliced, {3, 61, 130});
    }
    add_divided_by_scalars(rows, x_type, {1000});
  }
  for (const dtype y_type : {f32, f64}) {
    add_divided_by_little(rows, f16, y_type, -24, {1000});
    add_divided_by_little(rows, bf16, y_type, -133, {1000});
  }
  add_divided_by_little(rows, f32, f64, -149, {1000});
  for (const layout lies : all_layouts) {
    for (const dtype type : computed_dtypes) {
      add_divided(rows, subset::quick, type, type, lies, {3, 5, 130});
      add_divided(rows, subset::full, type, type, lies, planes);
    }
  }
}

void add_exhaustive_rows(row_list& rows) {
  for (const named_function& f : functions) add_counted_through(rows, subset::exhaustive, f, 1);
}

}  // namespace bitwhere::tool
