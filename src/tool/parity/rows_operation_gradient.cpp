// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/gradients.hpp>

#include <fmt/format.h>

#include <optional>
#include <string>

namespace bitwhere::tool {

namespace {

/// The shape of a tensor of the first dimension alone, which was broadcast along the others.
shape_t first_of(const shape_t& shape) {
  shape_t out(shape.size(), 1);
  out.front() = shape.front();
  return out;
}

/// By a side of the full shape and by one that was broadcast.
void add_where_gradient(row_list& rows, subset first, dtype type, layout lies,
                        const shape_t& shape) {
  rows.push_back(
      {fmt::format("where_gradient/{}/{}/sides/{}", name_of(type), name_of(lies), name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         return [=, upstream = in.tensor("upstream", type, shape, lies),
                 sums = in.finite("sums", type, shape, lies, 40),
                 mask = in.tensor("mask", boolean, shape, lies)](stage& s) {
           const placed at_upstream = s.place(upstream);
           const placed at_sums = s.place(sums);
           const placed at_mask = s.place(mask);
           const auto keep = [&](const char* name, const placed& from) {
             const gradient_pair of = s.call(upstream.elements(), [&](const context& on) {
               return where_gradient(on, condition(at_mask.view()), from.view(),
                                     tensor(on, shape, type),
                                     tensor(on, shape_t{shape.back()}, f32));
             });
             s.keep(std::string(name) + " x", *of.x);
             s.keep(std::string(name) + " y", *of.y);
           };
           keep("awkward", at_upstream);
           keep("finite", at_sums);
         };
       }});
}

/// Of sums and means over the last dimension and over all, under a condition and without.
void add_reduce_gradient(row_list& rows, subset first, reducer by, dtype type, layout lies,
                         const shape_t& shape) {
  const bool mean = by == reducer::mean;
  rows.push_back({fmt::format("{}/{}/{}/masked/{}", mean ? "mean_gradient" : "sum_gradient",
                              name_of(type), name_of(lies), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    shape_t kept = shape;
                    kept.back() = 1;
                    return [=, upstream = in.finite("upstream", type, kept, lies, 6),
                            one = in.finite("one", f32, {}, layout::dense, 6),
                            mask = in.tensor("mask", boolean, shape, lies)](stage& s) {
                      const placed at_upstream = s.place(upstream);
                      const placed at_one = s.place(one);
                      const placed at_mask = s.place(mask);
                      const auto last = static_cast<std::int32_t>(shape.size()) - 1;
                      reduce_options options = {.dims = {last}, .keepdim = true};
                      const auto keep = [&](const char* name, const placed& from) {
                        const placed out = s.room(type, shape, layout::dense);
                        s.call(out.from().elements(), [&](const context& on) {
                          mean ? mean_gradient(on, from.view(), options, out.view())
                               : sum_gradient(on, from.view(), options, out.view());
                        });
                        s.keep(name, out);
                      };
                      keep("plain", at_upstream);
                      options.where = condition(at_mask.view());
                      keep("masked", at_upstream);
                      if (mean) options.denominator_eps = 0.5;
                      options.dims = {};
                      options.keepdim = false;
                      keep("all", at_one);
                    };
                  }});
}

/// Where x is positive, times an upstream gradient; and of an x that was broadcast.
void add_function_gradient(row_list& rows, subset first, bw_function f, const char* name,
                           dtype type, layout lies, const shape_t& shape) {
  rows.push_back(
      {fmt::format("{}_gradient/{}/{}/guarded/{}", name, name_of(type), name_of(lies),
                   name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         return [=, x = in.tensor("x", type, shape, lies),
                 few = in.finite("few", type, first_of(shape), lies, 6),
                 mask = in.tensor("mask", boolean, shape, lies),
                 upstream = in.finite("upstream", f32, shape, lies, 6)](stage& s) {
           const placed at_x = s.place(x);
           const placed at_few = s.place(few);
           const placed at_mask = s.place(mask);
           const placed at_upstream = s.place(upstream);
           const auto keep = [&](const char* kept, const placed& from, const guard& under) {
             s.keep(kept, s.call(x.elements(), [&](const context& on) {
               return elementwise_gradient(on, f, from.view(), at_upstream.view(), under);
             }));
           };
           keep("plain", at_x, {});
           keep("guarded", at_x, {at_x.view() > 0});
           keep("added", at_few, {condition(at_mask.view())});
         };
       }});
}

void add_division_gradient(row_list& rows, subset first, dtype type, dtype divisor, layout lies,
                           const shape_t& shape) {
  rows.push_back({fmt::format("safe_divide_gradient/{}+{}/{}/guarded/{}", name_of(type),
                              name_of(divisor), name_of(lies), name_of(shape)),
                  first, [=](const inputs& in) -> experiment {
                    return [=, x = in.tensor("x", type, shape, lies),
                            y = in.tensor("y", divisor, shape, lies),
                            few = in.finite("few", divisor, first_of(shape), lies, 6),
                            upstream = in.finite("upstream", type, shape, lies, 6)](stage& s) {
                      const placed at_x = s.place(x);
                      const placed at_y = s.place(y);
                      const placed at_few = s.place(few);
                      const placed at_upstream = s.place(upstream);
                      const auto keep = [&](const char* name, const placed& by) {
                        const gradient_pair of = s.call(x.elements(), [&](const context& on) {
                          return safe_div_gradient(on, at_x.view(), by.view(), at_upstream.view());
                        });
                        s.keep(std::string(name) + " x", *of.x);
                        s.keep(std::string(name) + " y", *of.y);
                      };
                      keep("each", at_y);
                      keep("broadcast", at_few);
                    };
                  }});
}

}  // namespace

void add_operation_gradient_rows(row_list& rows) {
  constexpr const char* names[] = {"exp", "log", "log1p", "sigmoid", "softplus", "log_sigmoid"};
  for (const dtype type : computed_dtypes) {
    for (const layout lies : all_layouts) {
      const subset first = lies == layout::dense ? subset::quick : subset::standard;
      add_where_gradient(rows, first, type, lies, {3, 5, 70});
      add_reduce_gradient(rows, first, reducer::sum, type, lies, {3, 5, 70});
      add_reduce_gradient(rows, first, reducer::mean, type, lies, {3, 5, 70});
      for (int f = 0; f < 6; ++f) {
        add_function_gradient(rows, first, static_cast<bw_function>(f), names[f], type, lies,
                              {3, 5, 70});
      }
      add_division_gradient(rows, first, type, type, lies, {3, 5, 70});
    }
    for (const dtype divisor : computed_dtypes) {
      if (divisor == type) continue;
      add_division_gradient(rows, subset::standard, type, divisor, layout::dense, {41, 33});
    }
  }
}

}  // namespace bitwhere::tool
