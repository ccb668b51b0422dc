// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <gtest/gtest.h>

#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/hits.hpp"
#include "../support/host.hpp"
#include "../support/promotion_table.hpp"

// nonzero and masked_select on one backend, compared with what the hits say.
namespace bitwhere::test {

inline constexpr index_form index_forms[] = {index_form::rows, index_form::columns,
                                             index_form::flat};
inline constexpr dtype index_dtypes[] = {i64, i32};

// What a caller's output is like.
struct output {
  std::int64_t capacity;
  layout chosen = layout::dense;
  bool keep_rest = false;
  bool counts = true;  // into a bw_found
};

inline bool same(const bw_found& a, const bw_found& b) {
  return a.count == b.count && a.overflow == b.overflow;
}

class selecting : public parity {
 protected:
  // --- nonzero. ---

  void expect_indices(const condition& asked, const hits& expected, index_form form,
                      dtype index = i64) {
    const tensor got = nonzero(on(), asked, {.form = form, .index = index});
    const shape_t shape = room_for(form, expected.count(), expected.shape.size());
    EXPECT_EQ(shape_of(got), shape);
    EXPECT_EQ(got.type(), index);
    if (shape_of(got) != shape) return;
    array room = make_array(index, shape, layout::dense, random);
    const std::vector<std::uint8_t> want = after_nonzero(expected, form, room, std::nullopt);
    copy(on(), got, tensor_view(room.bytes.data() + room.origin, index, shape));
    EXPECT_TRUE(room.bytes == want) << "other indices";
  }
  void expect_indices(const judged& condition, index_form form, dtype index = i64) {
    expect_indices(condition.asked, hits_of(condition), form, index);
  }

  void expect_indices_into(const condition& asked, const hits& expected, index_form form,
                           dtype index, const output& how, std::int64_t fill = -1) {
    const shape_t shape = room_for(form, how.capacity, expected.shape.size());
    const array out = make_array(index, shape, how.chosen, random);
    const auto rest = how.keep_rest ? std::nullopt : std::optional(fill);
    const std::vector<std::uint8_t> want = after_nonzero(expected, form, out, rest);
    const placed target(on(), out);
    const found counted(on());
    nonzero(on(), asked, {.form = form, .fill = fill, .keep_rest = how.keep_rest}, target.view(),
            how.counts ? counted.c() : nullptr);
    EXPECT_TRUE(target.bytes() == want) << "other indices, or something beside them";
    if (how.counts) expect_found(counted, expected, how.capacity);
  }

  // --- masked_select. ---

  void expect_values(const seen& x, const condition& asked, const hits& expected) {
    const tensor got = masked_select(on(), x.view, asked);
    const shape_t shape{expected.count()};
    EXPECT_EQ(shape_of(got), shape);
    EXPECT_EQ(got.type(), x.values->type);
    if (shape_of(got) != shape) return;
    array room = make_array(x.values->type, shape, layout::dense, random);
    const std::vector<std::uint8_t> want = after_select(expected, *x.values, room, std::nullopt);
    copy(on(), got, tensor_view(room.bytes.data() + room.origin, room.type, shape));
    EXPECT_TRUE(room.bytes == want) << "other values";
  }
  void expect_values(const seen& x, const judged& condition) {
    expect_values(x, condition.asked,
                  hits_of(condition, broadcast(x.values->shape, condition.shape)));
  }

  // With a fill of true, which is 1 in every dtype.
  void expect_values_into(const seen& x, const condition& asked, const hits& expected,
                          const output& how) {
    const dtype type = x.values->type;
    const array out = make_array(type, {how.capacity}, how.chosen, random);
    const auto rest = how.keep_rest ? std::nullopt : std::optional(one_of(type));
    const std::vector<std::uint8_t> want = after_select(expected, *x.values, out, rest);
    const placed target(on(), out);
    const found counted(on());
    masked_select(on(), x.view, asked, {.fill = true, .keep_rest = how.keep_rest}, target.view(),
                  how.counts ? counted.c() : nullptr);
    EXPECT_TRUE(target.bytes() == want) << "other values, or something beside them";
    if (how.counts) expect_found(counted, expected, how.capacity);
  }

  void expect_found(const found& counted, const hits& expected, std::int64_t capacity) {
    const bw_found want = {expected.count(), expected.count() > capacity ? 1 : 0};
    EXPECT_TRUE(same(counted.host(), want))
        << counted.count() << " hits of " << want.count << " into a capacity of " << capacity;
  }

  // A capacity that is less than the hits, just enough or more, or 0.
  std::int64_t some_capacity(const hits& expected) {
    const std::int64_t n = expected.count();
    const std::int64_t all[] = {0, n / 2, n > 0 ? n - 1 : 0, n, n + 1, n + 70};
    return all[random.below(std::size(all))];
  }

  output some_output(const hits& expected) {
    return {some_capacity(expected), distinct_layouts[random.below(std::size(distinct_layouts))],
            random.below(2) == 0, random.below(4) != 0};
  }

  static std::vector<std::uint8_t> one_of(dtype type) {
    return element_of(type,
                      is_whole(type) ? number{.whole = true, .integer = 1} : number{.real = 1});
  }

  random_integers random{30};
  condition_maker maker{on(), random};
};

}  // namespace bitwhere::test
