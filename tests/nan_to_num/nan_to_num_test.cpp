// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <algorithm>
#include <complex>
#include <cstring>
#include <limits>
#include <set>

#include "../support/array.hpp"
#include "../support/backends.hpp"
#include "../support/conversion.hpp"
#include "../support/promotion_table.hpp"

// nan_to_num against the bits of every element, one after another.
namespace bitwhere::test {
namespace {

bool same_counts(const bw_replaced& a, const bw_replaced& b) {
  return a.nan == b.nan && a.posinf == b.posinf && a.neginf == b.neginf;
}

// The oracle: what takes the place of what, and how often it did.
struct cleaning {
  std::vector<std::uint8_t> bytes;
  bw_replaced replaced = {0, 0, 0};
};

dtype part_of(dtype type) { return type == c64 ? f32 : type == c128 ? f64 : type; }

std::vector<std::uint8_t> largest(dtype part, bool negative) {
  const std::uint64_t infinity = part == f16    ? 0x7c00
                                 : part == bf16 ? 0x7f80
                                 : part == f32  ? 0x7f800000
                                                : 0x7ff0000000000000;
  const std::uint64_t sign = negative ? std::uint64_t{1} << (part.bits - 1) : 0;
  const std::uint64_t bits = sign | (infinity - 1);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(part.bytes()));
  std::memcpy(bytes.data(), &bits, bytes.size());
  return bytes;
}

struct given {
  std::optional<double> nan = std::nullopt;
  std::optional<double> posinf = std::nullopt;
  std::optional<double> neginf = std::nullopt;

  [[nodiscard]] replacements library() const {
    const auto as_scalar = [](const std::optional<double>& value) {
      return value ? std::optional<scalar>(*value) : std::nullopt;
    };
    return {as_scalar(nan), as_scalar(posinf), as_scalar(neginf)};
  }
};

cleaning cleaned_by(const array& x, const array& out, const given& with) {
  cleaning done{out.bytes, {}};
  const dtype part = part_of(x.type);
  const auto width = static_cast<std::size_t>(part.bytes());
  const auto bytes_of = [&](const std::optional<double>& value, bool negative) {
    return value ? element_of(part, {.real = *value}) : largest(part, negative);
  };
  const auto nan = element_of(part, {.real = with.nan.value_or(0)});
  const auto posinf = bytes_of(with.posinf, false);
  const auto neginf = bytes_of(with.neginf, true);
  for_each_index(x.shape, [&](const shape_t& index) {
    const std::uint8_t* from = x.at(index);
    for (std::size_t p = 0; p < static_cast<std::size_t>(x.type.bytes()); p += width) {
      std::uint8_t* to = done.bytes.data() + static_cast<std::size_t>(out.offset(index)) + p;
      const bool negative = (from[p + width - 1] & 0x80) != 0;
      const std::uint8_t* take = from + p;
      if (!is_whole(part) && passes(part, from + p, BW_ISNAN)) {
        ++done.replaced.nan;
        take = nan.data();
      } else if (!is_whole(part) && passes(part, from + p, BW_ISINF)) {
        ++(negative ? done.replaced.neginf : done.replaced.posinf);
        take = negative ? neginf.data() : posinf.data();
      }
      std::memcpy(to, take, width);
    }
  });
  return done;
}

class NanToNum : public parity {
 protected:
  void expect_cleaned(const array& x, const array& out, const given& with) {
    const cleaning expected = cleaned_by(x, out, with);
    const placed target(on(), out);
    const tensor report(on(), shape_t{3}, i64);
    nan_to_num(on(), placed(on(), x).view(), with.library(), target.view(),
               static_cast<bw_replaced*>(report.data()));
    EXPECT_TRUE(target.bytes() == expected.bytes);
    EXPECT_TRUE(same_counts(replaced_in(report), expected.replaced));
    // Without a report the same values.
    const placed again(on(), out);
    nan_to_num(on(), placed(on(), x).view(), with.library(), again.view());
    EXPECT_TRUE(again.bytes() == expected.bytes);
  }

  bw_replaced replaced_in(const tensor& report) const {
    std::int64_t host[3] = {};
    copy(on(), report, bitwhere::view(host, {3}));
    return {host[0], host[1], host[2]};
  }

  random_integers random{6};
};

TEST_P(NanToNum, CleansEveryDtypeInEveryLayout) {
  const given options[] = {{},
                           {.nan = 1.5},
                           {.nan = -2.0, .posinf = 3.0, .neginf = -4.0},
                           {.posinf = std::numeric_limits<double>::infinity()},
                           {.nan = std::numeric_limits<double>::quiet_NaN(), .neginf = 0.1}};
  for (const dtype type : all_dtypes) {
    for (const layout chosen : all_layouts) {
      for (const shape_t& shape : {shape_t{3, 70}, shape_t{5, 3, 7}, shape_t{263}, shape_t{}}) {
        const given& with = options[random.below(std::size(options))];
        if (is_whole(type) && with.nan && *with.nan != *with.nan) continue;
        SCOPED_TRACE(describe(type) + " " + describe(chosen));
        expect_cleaned(make_array(type, shape, chosen, random),
                       make_array(type, shape, distinct_layouts[random.below(5)], random), with);
      }
    }
  }
}

TEST_P(NanToNum, CleansEveryHalf) {
  const std::int64_t n = 1 << 16;
  for (const dtype type : {f16, bf16}) {
    array x = make_array(type, {n}, layout::dense, random);
    for (std::int64_t i = 0; i < n; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      std::memcpy(x.bytes.data() + x.offset({i}), &bits, 2);
    }
    expect_cleaned(x, make_array(type, {n}, layout::dense, random), {});
  }
}

TEST_P(NanToNum, CleansLargeArrays) {
  for (const dtype type : {bf16, f32, c64, c128}) {
    for (const shape_t& shape : {shape_t{70, 300}, shape_t{150001}, shape_t{3, 67, 129}}) {
      for (const layout chosen : {layout::dense, layout::transposed, layout::broadcast_outer}) {
        expect_cleaned(make_array(type, shape, chosen, random),
                       make_array(type, shape, layout::dense, random), {.nan = 7.0});
      }
    }
  }
  if (!GetParam().is_cuda()) {
    EXPECT_GE(most_workers(), std::min(GetParam().threads, 2));
  }
}

TEST_P(NanToNum, TakesEverySizeAroundVectors) {
  for (const dtype type : {f16, f32, f64, c64, c128}) {
    for (std::int64_t n = 0; n <= 67; ++n) {
      expect_cleaned(make_array(type, {n}, layout::dense, random),
                     make_array(type, {n}, layout::dense, random), {});
    }
  }
}

TEST_P(NanToNum, TakesRank16) {
  const shape_t shape{2, 1, 2, 1, 2, 1, 3, 1, 2, 1, 2, 1, 2, 2, 1, 2};
  for (const dtype type : {f64, c64, c128}) {
    for (const layout chosen : all_layouts) {
      expect_cleaned(make_array(type, shape, chosen, random),
                     make_array(type, shape, layout::transposed, random), {.posinf = 0.0});
    }
  }
}

TEST_P(NanToNum, WorksInPlace) {
  for (const dtype type : all_dtypes) {
    for (const layout chosen : distinct_layouts) {
      for (const shape_t& shape : {shape_t{331}, shape_t{70, 300}}) {
        SCOPED_TRACE(describe(type) + " " + describe(chosen));
        const array x = make_array(type, shape, chosen, random);
        const cleaning expected = cleaned_by(x, x, {});
        const placed p(on(), x);
        const tensor report(on(), shape_t{3}, i64);
        nan_to_num(on(), p.view(), {}, p.view(), static_cast<bw_replaced*>(report.data()));
        EXPECT_TRUE(p.bytes() == expected.bytes);
        EXPECT_TRUE(same_counts(replaced_in(report), expected.replaced));
      }
    }
  }
}

TEST_P(NanToNum, AccumulatesCounts) {
  const array x = make_array(f32, {777}, layout::dense, random);
  const cleaning once = cleaned_by(x, x, {});
  const placed p(on(), x);
  const tensor out(on(), x.shape, f32);
  const tensor report = to(on(), bitwhere::view(std::vector<std::int64_t>{10, 20, 30}));
  const bw_tensor c_x = p.view().c();
  const bw_tensor c_out = out.c();
  bw_nan_to_num_options options = {sizeof(options), nullptr, nullptr, nullptr, 1, 0};
  auto* const counts = static_cast<bw_replaced*>(report.data());
  on().check(bw_nan_to_num(on().get(), &c_x, &options, &c_out, counts));
  EXPECT_TRUE(same_counts(replaced_in(report), {10 + once.replaced.nan, 20 + once.replaced.posinf,
                                                30 + once.replaced.neginf}));
  options.accumulate = 0;
  on().check(bw_nan_to_num(on().get(), &c_x, &options, &c_out, counts));
  EXPECT_TRUE(same_counts(replaced_in(report), once.replaced));
  on().check(bw_nan_to_num(on().get(), &c_x, nullptr, &c_out, counts));
  EXPECT_TRUE(same_counts(replaced_in(report), once.replaced));
}

// Where nothing is cleaned the counts are still set, or still added to.
TEST_P(NanToNum, CountsNothing) {
  for (const bool empty : {true, false}) {
    for (const bool accumulate : {false, true}) {
      const array x = make_array(empty ? f32 : i32, {empty ? 0 : 50}, layout::dense, random);
      const placed p(on(), x);
      const tensor out(on(), x.shape, x.type);
      const tensor report = to(on(), bitwhere::view(std::vector<std::int64_t>{1, 2, 3}));
      const bw_tensor c_x = p.view().c();
      const bw_tensor c_out = out.c();
      const bw_nan_to_num_options options = {sizeof(options),    nullptr, nullptr, nullptr,
                                             accumulate ? 1 : 0, 0};
      on().check(bw_nan_to_num(on().get(), &c_x, &options, &c_out,
                               static_cast<bw_replaced*>(report.data())));
      const bw_replaced got = replaced_in(report);
      EXPECT_TRUE(same_counts(got, accumulate ? bw_replaced{1, 2, 3} : bw_replaced{0, 0, 0}))
          << empty << accumulate;
    }
  }
  expect_cleaned(make_array(f32, {3}, layout::dense, random),
                 make_array(f32, {3}, layout::dense, random), {});
}

TEST_P(NanToNum, GivesTheExample) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const tensor x = to(on(), bitwhere::view(std::vector<float>{1, nan, 2, inf}));
  const cleaned result = nan_to_num(on(), x, {.posinf = 9});
  std::vector<float> host(4);
  copy(on(), result.values(), bitwhere::view(host));
  EXPECT_EQ(host, (std::vector<float>{1, 0, 2, 9}));
  EXPECT_TRUE(same_counts(result.replaced(), {1, 1, 0}));
}

TEST_P(NanToNum, ReachesEveryPath) {
  std::set<std::string> seen;
  const auto run = [&](const shape_t& shape, layout chosen) {
    const placed x(on(), make_array(f32, shape, chosen, random));
    const tensor out(on(), shape, f32);
    kernels_since();
    nan_to_num(on(), x.view(), {}, out);
    seen.insert(kernels_since().back());
  };
  run({100, 100}, layout::dense);
  run({100, 100}, layout::sliced);
  run({100, 100}, layout::transposed);
  run({100, 3, 3}, layout::transposed);
  const std::set<std::string> cuda{"clean.rows", "clean.strided"};
  const std::set<std::string> cpu{"clean.dense", "clean.rows", "clean.mixed", "clean.blocks"};
  EXPECT_EQ(seen, GetParam().is_cuda() ? cuda : cpu);
}

INSTANTIATE_TEST_SUITE_P(Backends, NanToNum, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
