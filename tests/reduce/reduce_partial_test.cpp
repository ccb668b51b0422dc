// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include "../support/errors.hpp"
#include "reducing.hpp"

// Partials: the same words whatever made them, and merged in any order and grouping the bits of one
// pass.
namespace bitwhere::test {
namespace {

using word_list = std::vector<std::int64_t>;

class ReducePartial : public reducing {
 protected:
  static word_list words_of(const partial& from) {
    word_list out(static_cast<std::size_t>(from.words().size()));
    copy(from.words().on(), from.words(), tensor_view(out.data(), i64, from.words().shape()));
    return out;
  }

  // Elements of a dtype, as make_array draws them.
  std::vector<std::uint64_t> draw(dtype type, std::int64_t n) {
    const array a = make_array(type, {n}, layout::dense, random);
    std::vector<std::uint64_t> out(static_cast<std::size_t>(n), 0);
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint8_t* const from = a.at({i});
      for (std::int64_t b = 0; b < type.bytes(); ++b) {
        out[static_cast<std::size_t>(i)] |= std::uint64_t{from[b]} << (8 * b);
      }
    }
    return out;
  }

  partial partial_of(dtype type, const std::vector<std::uint64_t>& bits, reducer by,
                     const reduce_options& options = {}) {
    const placed x(on(), array_of(type, bits));
    return partial(on(), by, x.view(), options);
  }

  partial nothing(reducer by, dtype type) {
    std::int64_t words = 0;
    EXPECT_EQ(bw_partial_words(static_cast<std::int32_t>(by), type, &words), BW_OK);
    word_list zeros(static_cast<std::size_t>(words), 0);
    return partial(on(), by, type, bitwhere::view(zeros));
  }

  // Where [0, n) is cut, in ascending order; shards may be empty.
  std::vector<std::int64_t> draw_cuts(std::int64_t n, int shards) {
    std::vector<std::int64_t> cuts{0, n};
    for (int k = 1; k < shards; ++k) cuts.push_back(random.below(n + 1));
    std::sort(cuts.begin(), cuts.end());
    return cuts;
  }
};

// The words of a sum by hand: 1, the smallest denormal, -2 and what is no number.
TEST_P(ReducePartial, HoldWhatTheContractSays) {
  const std::vector<std::uint64_t> bits{0x3f800000, 1,          0xc0000000, 0x7fc00001,
                                        0x7f800000, 0x7f800000, 0xff800000, 0x80000000};
  std::vector<std::uint8_t> truths(9, 1);
  truths[8] = 0;
  std::vector<std::uint64_t> with_one_more = bits;
  with_one_more.push_back(0x40400000);
  condition_maker own(on(), random);
  const seen mask = own.take(make_truths(boolean, {9}, layout::dense, truths, random));
  const seen x = own.take(array_of(f32, with_one_more));
  const partial made(on(), reducer::sum, x.view, {.where = truth_of(mask).asked});
  const word_list words = words_of(made);
  ASSERT_EQ(words.size(), 19U);
  EXPECT_EQ(words[0] & 0xff, BW_PARTIAL_VERSION);
  EXPECT_EQ(words[1], 8) << "selected";
  EXPECT_EQ(words[2], 1) << "excluded";
  EXPECT_EQ(words[3], 0);
  EXPECT_EQ(words[4], -1);
  // -1 + 2^-149 in units of 2^-149: digits of a wide integer, the top one with its sign.
  const word_list digits{1,          0,          0,          0,          0xffe00000, 0xffffffff,
                         0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, -1};
  EXPECT_EQ(word_list(words.begin() + 5, words.begin() + 16), digits);
  EXPECT_EQ(word_list(words.begin() + 16, words.end()), (word_list{1, 2, 1})) << "NaN, +Inf, -Inf";
}

// Threads, instruction sets, devices, strides and order leave no trace in a partial.
TEST_P(ReducePartial, AreTheSameHoweverTheyAreMade) {
  const context reference({.device = "cpu", .isa = isas().back(), .threads = 1});
  for (const dtype type : real_dtypes) {
    for (const std::int64_t n : {1, 100, 4097, 70001}) {
      std::vector<std::uint64_t> bits = draw(type, n);
      const array as_drawn = array_of(type, bits);
      for (const reducer by : all_reducers) {
        const placed there(reference, as_drawn);
        const word_list expected = words_of(partial(reference, by, there.view()));
        SCOPED_TRACE(describe(type) + " " + describe(by) + " of " + std::to_string(n));
        EXPECT_EQ(words_of(partial_of(type, bits, by)), expected);
        if (by == reducer::argmin || by == reducer::argmax) continue;
        std::vector<std::uint64_t> turned = bits;
        std::reverse(turned.begin(), turned.end());
        std::rotate(turned.begin(), turned.begin() + n / 3, turned.end());
        if (by == reducer::min || by == reducer::max) {
          // The value alone: the word beside it says where it stood.
          EXPECT_EQ(host_bytes(partial_of(type, turned, by).finish()),
                    host_bytes(partial_of(type, bits, by).finish()));
        } else {
          EXPECT_EQ(words_of(partial_of(type, turned, by)), expected);
        }
      }
    }
  }
}

TEST_P(ReducePartial, MergeToOnePass) {
  for (const dtype type : real_dtypes) {
    const std::int64_t n = 9000 + random.below(3000);
    const std::vector<std::uint64_t> bits = draw(type, n);
    const std::vector<std::uint64_t> masked = draw(u8, n);
    condition_maker own(on(), random);
    const seen x = own.take(array_of(type, bits));
    const seen mask = own.take(array_of(u8, masked));
    const judged where = comparison_of(mask, compared{BW_GT, false, 0, 9});
    for (const reducer by : all_reducers) {
      SCOPED_TRACE(describe(type) + " " + describe(by));
      const asked_for how = {.by = by};
      const word_list whole = words_of(partial(on(), by, x.view, {.where = where.asked}));
      const reduced expected =
          reduced_tensor(*x.values, &where, {}, false, finishing_of(type, how));
      // Each shard on its own, its condition cut with it.
      std::vector<partial> shards;
      const std::vector<std::int64_t> cuts = draw_cuts(n, 7);
      for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
        const shape_t size{cuts[k + 1] - cuts[k]};
        const auto part = [&](const tensor_view& of) {
          return tensor_view(of.data(), of.type(), size, {}, on().memory(),
                             static_cast<std::uint64_t>(cuts[k] * of.type().bytes()));
        };
        reduce_options options = {.where = part(mask.view) > 9};
        if (by == reducer::argmin || by == reducer::argmax) options.first_index = cuts[k];
        shards.emplace_back(on(), by, part(x.view), options);
      }
      // Any two that are left merge, until one is.
      while (shards.size() > 1) {
        const auto into =
            static_cast<std::size_t>(random.below(static_cast<std::int64_t>(shards.size()) - 1));
        shards[into].merge(shards.back());
        shards.pop_back();
        std::swap(shards[0], shards[into]);
      }
      if (by != reducer::min && by != reducer::max) {
        EXPECT_EQ(words_of(shards[0]), whole);
      }
      const data_report report(on());
      EXPECT_EQ(host_bytes(shards[0].finish(report.c())), expected.bytes);
      EXPECT_EQ(report.count(), expected.report.count);
    }
  }
}

// Partials of many outputs, along every dimension.
TEST_P(ReducePartial, OfManyOutputs) {
  for (const dtype type : {f32, f64, f16, i32}) {
    for (const shape_t& shape : {shape_t{6, 5, 70}, shape_t{40, 3, 5}, shape_t{300, 2, 2}}) {
      condition_maker own(on(), random);
      const seen x = own.make(type, shape, all_layouts[random.below(5)]);
      const judged where = own.tree(shape, 2);
      for (const dimensions& dims : every_choice(3)) {
        for (const reducer by : all_reducers) {
          SCOPED_TRACE(describe(type) + " " + describe(by) + " over " +
                       testing::PrintToString(dims));
          const asked_for how = {.by = by, .dims = dims, .keepdim = true};
          const reduced expected =
              reduced_tensor(*x.values, &where, dims, true, finishing_of(type, how));
          const partial made(on(), by, x.view, options_of(&where, how));
          const data_report report(on());
          const tensor got = made.finish(report.c());
          EXPECT_EQ(shape_t(got.shape().begin(), got.shape().end()), expected.shape);
          EXPECT_EQ(host_bytes(got), expected.bytes);
          EXPECT_EQ(report.count(), expected.report.count);
          EXPECT_EQ(report.first_index(), expected.report.first_index);
        }
      }
    }
  }
}

// The words of a sum finish as its mean and its count, too; those of one float as another's.
TEST_P(ReducePartial, OfSumsShareOneKind) {
  const std::vector<std::uint64_t> bits = draw(f32, 1000);
  const array x = array_of(f32, bits);
  for (const reducer made_by : {reducer::sum, reducer::mean, reducer::count}) {
    const partial made = partial_of(f32, bits, made_by);
    for (const reducer by : {reducer::sum, reducer::mean, reducer::count}) {
      for (const dtype type : {f32, f64, f16}) {
        if (by == reducer::count && type != f32) continue;
        asked_for how = {.by = by};
        if (by != reducer::count) how.type = type;
        const partial same(on(), by, f32, made.words(), options_of(nullptr, how));
        EXPECT_EQ(host_bytes(same.finish()),
                  reduced_tensor(x, nullptr, {}, false, finishing_of(f32, how)).bytes)
            << describe(made_by) << " as " << describe(by);
      }
    }
  }
  const partial halves = partial_of(bf16, draw(bf16, 700), reducer::sum);
  EXPECT_EQ(host_bytes(partial(on(), reducer::sum, f32, halves.words(), {.type = bf16}).finish()),
            host_bytes(halves.finish()));
}

TEST_P(ReducePartial, KeepTheDenominator) {
  const std::vector<std::uint64_t> bits = draw(bf16, 800);
  const array x = array_of(bf16, bits);
  for (const double eps : {1e-6, 800.0, 3.0}) {
    for (const empty_mean empty : {empty_mean::nan, empty_mean::zero}) {
      const asked_for how = {
          .by = reducer::mean, .type = f64, .denominator_eps = eps, .empty = empty};
      const partial made = partial_of(bf16, bits, reducer::mean, options_of(nullptr, how));
      EXPECT_EQ(host_bytes(made.finish()),
                reduced_tensor(x, nullptr, {}, false, finishing_of(bf16, how)).bytes);
    }
  }
}

TEST_P(ReducePartial, OfNothingChangeNothing) {
  for (const dtype type : {f16, f32, f64, i8, boolean}) {
    for (const reducer by : all_reducers) {
      SCOPED_TRACE(describe(type) + " " + describe(by));
      partial some = partial_of(type, draw(type, 300), by);
      const word_list before = words_of(some);
      some.merge(nothing(by, type));
      EXPECT_EQ(words_of(some), before);
      some.merge(partial_of(type, {}, by));
      EXPECT_EQ(words_of(some), before) << "a partial of no elements";
      partial none = nothing(by, type);
      none.merge(some);
      EXPECT_EQ(words_of(none), before);
      // Of nothing at all.
      partial still = nothing(by, type);
      still.merge(nothing(by, type));
      EXPECT_EQ(words_of(still), words_of(nothing(by, type)));
      const data_report report(on());
      EXPECT_EQ(host_bytes(still.finish(report.c())),
                reduced_element({}, finishing_of(type, {.by = by})));
      EXPECT_EQ(report.count(), 1);
      EXPECT_EQ(report.first_index(), 0);
    }
  }
}

// Partials of kinds that cannot be added spoil each other, which the report says and no further
// merge heals.
TEST_P(ReducePartial, OfDifferentKindsNeverFinish) {
  const std::vector<std::uint64_t> bits = draw(f32, 50);
  for (const reducer by : {reducer::min, reducer::max, reducer::argmin, reducer::argmax}) {
    for (const reducer other : {reducer::min, reducer::max, reducer::argmin, reducer::argmax}) {
      if (by == other) continue;
      SCOPED_TRACE(std::string(describe(by)) + " with " + describe(other));
      const finishing how = finishing_of(f32, {.by = by});
      const std::vector<std::uint8_t> of_nothing = reduced_element({}, how);
      // As it is, of another kind.
      const partial made = partial_of(f32, bits, other);
      const data_report report(on());
      EXPECT_EQ(host_bytes(partial(on(), by, f32, made.words()).finish(report.c())), of_nothing);
      EXPECT_EQ(report.count(), 1);
      // Merged.
      partial mixed = partial_of(f32, bits, by);
      mixed.merge(made);
      for (int repeat = 0; repeat < 2; ++repeat) {
        EXPECT_EQ(host_bytes(mixed.finish(report.c())), of_nothing);
        EXPECT_EQ(report.count(), 1);
        EXPECT_EQ(report.first_index(), 0);
        mixed.merge(partial_of(f32, bits, by));
      }
      partial healed = partial_of(f32, bits, by);
      healed.merge(mixed);
      EXPECT_EQ(host_bytes(healed.finish(report.c())), of_nothing);
      EXPECT_EQ(report.count(), 1);
    }
  }
  // Extremes of another dtype.
  partial of_f32 = partial_of(f32, bits, reducer::max);
  of_f32.merge(partial_of(f64, draw(f64, 20), reducer::max));
  const data_report report(on());
  (void)of_f32.finish(report.c());
  EXPECT_EQ(report.count(), 1);
}

// One broken output among good ones; words that no partial has.
TEST_P(ReducePartial, OfAnythingElseAreReported) {
  for (const dtype type : {f32, f64, i32}) {
    condition_maker own(on(), random);
    const seen x = own.make(type, {5, 60}, layout::dense);
    for (const reducer by : all_reducers) {
      const partial good(on(), by, x.view, {.dims = {1}});
      const word_list words = words_of(good);
      const std::size_t size = words.size() / 5;
      const reduced expected =
          reduced_tensor(*x.values, nullptr, {1}, false, finishing_of(type, {.by = by}));
      const std::vector<std::uint8_t> of_nothing =
          reduced_element({}, finishing_of(type, {.by = by}));
      for (const std::int64_t tag :
           {std::int64_t{2}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1} << 40, words[0] + 1,
            words[0] ^ 0x700, words[0] | std::int64_t{1} << 40}) {
        SCOPED_TRACE(describe(type) + " " + describe(by) + " tagged " + std::to_string(tag));
        word_list spoilt = words;
        spoilt[3 * size] = tag;
        const partial bad(on(), by, type,
                          bitwhere::view(spoilt, {5, static_cast<std::int64_t>(size)}));
        std::vector<std::uint8_t> bytes = expected.bytes;
        std::copy(of_nothing.begin(), of_nothing.end(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(3 * of_nothing.size()));
        const data_report report(on());
        EXPECT_EQ(host_bytes(bad.finish(report.c())), bytes);
        EXPECT_EQ(report.count(), 1);
        EXPECT_EQ(report.first_index(), 3);
        partial merged =
            partial(on(), by, type, bitwhere::view(words, {5, static_cast<std::int64_t>(size)}));
        merged.merge(bad);
        (void)merged.finish(report.c());
        EXPECT_EQ(report.count(), 1) << "after a merge";
        EXPECT_EQ(report.first_index(), 3);
      }
    }
  }
}

// Words with the right tag that no reduction has made: limbs that are no digits, counts below 0.
TEST_P(ReducePartial, OfNoNormalFormAreReported) {
  for (const dtype type : {f32, f64, i32}) {
    condition_maker own(on(), random);
    const seen x = own.make(type, {5, 60}, layout::dense);
    const word_list words = words_of(partial(on(), reducer::sum, x.view, {.dims = {1}}));
    const std::size_t size = words.size() / 5;
    for (const auto& [place, value] :
         {std::pair<std::size_t, std::int64_t>{5, std::int64_t{1} << 32},
          {6, -1},
          {7, std::numeric_limits<std::int64_t>::max()},
          {1, -5}}) {
      SCOPED_TRACE(describe(type) + " word " + std::to_string(place));
      word_list spoilt = words;
      for (std::size_t k = 5; k < 8; ++k) spoilt[3 * size + k] = 0;
      spoilt[3 * size + place] = value;
      const auto view_of = [&](word_list& from) {
        return bitwhere::view(from, {5, static_cast<std::int64_t>(size)});
      };
      const partial bad(on(), reducer::sum, type, view_of(spoilt));
      const data_report report(on());
      (void)bad.finish(report.c());
      EXPECT_EQ(report.count(), 1);
      EXPECT_EQ(report.first_index(), 3);
      word_list copy = words;
      partial merged(on(), reducer::sum, type, view_of(copy));
      merged.merge(bad);
      (void)merged.finish(report.c());
      EXPECT_EQ(report.count(), 1) << "after a merge";
    }
  }
}

// Without a report what is broken throws; outputs of nothing do not.
TEST_P(ReducePartial, NeverFinishInSilence) {
  condition_maker own(on(), random);
  const seen x = own.make(f32, {5, 60}, layout::dense);
  const judged rows = test_of(
      own.take(make_truths(u8, {5, 1}, layout::dense, {0, 1, 1, 0, 1}, random)), BW_NONZERO);
  for (const reducer by : all_reducers) {
    SCOPED_TRACE(describe(by));
    const partial made(on(), by, x.view, {.where = rows.asked, .dims = {1}});
    EXPECT_EQ(made.broken().count, 0);
    EXPECT_EQ(made.finish().size(), 5);
    EXPECT_EQ(nothing(by, f32).broken().count, 0);
    EXPECT_EQ(nothing(by, f32).finish().size(), 1);
    word_list words = words_of(made);
    const std::size_t size = words.size() / 5;
    words[3 * size + 2] = -1;  // of nothing, and excluded less than that
    words[4 * size] = 0;       // no tag, and yet something behind it
    const tensor_view spoilt = bitwhere::view(words, shape_t{5, static_cast<std::int64_t>(size)});
    const partial bad(on(), by, f32, spoilt);
    EXPECT_EQ(bad.broken().count, 2);
    EXPECT_EQ(bad.broken().first_index, 3);
    expect_error(errc::data_error, {"2 partials", "output 3"}, [&] { (void)bad.finish(); });
    const tensor out = bad.finish(data_report(on()).c());
    expect_error(errc::data_error, {"2 partials", "output 3"}, [&] { bad.finish(out); });
    expect_error(errc::invalid_shape, {"words"},
                 [&] { (void)partial(on(), by, f64, bitwhere::view(words)).broken(); });
  }
}

TEST_P(ReducePartial, MergeFromAList) {
  const std::vector<std::uint64_t> bits = draw(f32, 700);
  std::vector<partial> parts;
  for (std::size_t k = 0; k < 7; ++k) {
    const auto from = bits.begin() + static_cast<std::ptrdiff_t>(100 * k);
    parts.push_back(
        partial_of(f32, {from, from + 100}, reducer::mean, {.denominator_eps = 0.5, .type = f64}));
  }
  const word_list first = words_of(parts[0]);
  const partial all = merge_partials(on(), parts);
  EXPECT_EQ(words_of(all), words_of(partial_of(f32, bits, reducer::mean)));
  EXPECT_EQ(words_of(parts[0]), first) << "the parts stay as they are";
  EXPECT_EQ(
      host_bytes(all.finish()),
      host_bytes(
          partial_of(f32, bits, reducer::mean, {.denominator_eps = 0.5, .type = f64}).finish()));
  const context here("cpu");
  EXPECT_EQ(host_bytes(merge_partials(here, parts).finish()), host_bytes(all.finish()));
  expect_error(errc::invalid_argument, {"parts"}, [&] { (void)merge_partials(on(), {}); });
}

// Made here, finished by every other backend.
TEST_P(ReducePartial, TravelBetweenDevices) {
  for (const std::string& device : devices()) {
    const context there(device);
    for (const reducer by : all_reducers) {
      const std::vector<std::uint64_t> bits = draw(f32, 3000);
      const placed local(there, array_of(f32, bits));
      const partial elsewhere(there, by, local.view());
      partial here = nothing(by, f32);
      here.merge(elsewhere);
      EXPECT_EQ(host_bytes(here.finish()), host_bytes(elsewhere.finish())) << device;
    }
  }
}

TEST_P(ReducePartial, IntoLayoutsOfAllKinds) {
  const seen x = maker.make(f64, {6, 5, 70}, layout::dense);
  const asked_for how = {.by = reducer::mean, .dims = {2}};
  const reduced expected = reduced_tensor(*x.values, nullptr, {2}, false, finishing_of(f64, how));
  const partial made(on(), reducer::mean, x.view, {.dims = {2}});
  for (const layout chosen : distinct_layouts) {
    const array out = make_array(f64, {6, 5}, chosen, random);
    std::vector<std::uint8_t> bytes = out.bytes;
    std::size_t next = 0;
    for_each_index(out.shape, [&](const shape_t& index) {
      std::copy_n(expected.bytes.begin() + static_cast<std::ptrdiff_t>(8 * next++), 8,
                  bytes.begin() + out.offset(index));
    });
    const placed target(on(), out);
    made.finish(target.view());
    EXPECT_TRUE(target.bytes() == bytes) << describe(chosen);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, ReducePartial, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
