// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "../support/array.hpp"
#include "../support/backends.hpp"
#include "../support/hits.hpp"
#include "../support/judged.hpp"
#include "../support/promotion_table.hpp"
#include "../support/reduced.hpp"

// What tests of reductions have in common: a call beside its oracle.
namespace bitwhere::test {

using dimensions = std::vector<std::int32_t>;

inline std::vector<std::uint8_t> host_bytes(const tensor& from) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(from.size() * from.type().bytes()));
  copy(from.on(), from, tensor_view(out.data(), from.type(), from.shape()));
  return out;
}

// One reduction.
struct asked_for {
  reducer by = reducer::sum;
  dimensions dims = {};
  bool keepdim = false;
  std::optional<dtype> type = std::nullopt;
  double denominator_eps = 0;
  empty_mean empty = empty_mean::nan;
  std::int64_t first_index = 0;
};

// A dense array of these bits, lowest bytes of each.
inline array array_of(dtype type, const std::vector<std::uint64_t>& bits) {
  array out = blank_array(type, {static_cast<std::int64_t>(bits.size())}, layout::dense);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    std::uint8_t* const to = out.bytes.data() + out.offset({static_cast<std::int64_t>(i)});
    for (std::int64_t b = 0; b < type.bytes(); ++b) {
      to[b] = static_cast<std::uint8_t>(bits[i] >> (8 * b));
    }
  }
  return out;
}

class reducing : public parity {
 protected:
  static reduce_options options_of(const judged* where, const asked_for& how) {
    reduce_options options = {.dims = how.dims,
                              .keepdim = how.keepdim,
                              .denominator_eps = how.denominator_eps,
                              .empty = how.empty,
                              .first_index = how.first_index,
                              .type = how.type};
    if (where != nullptr) options.where = where->asked;
    return options;
  }

  static finishing finishing_of(dtype of, const asked_for& how) {
    return {how.by,
            of,
            how.type.value_or(usual_type(how.by, of)),
            how.denominator_eps,
            how.empty,
            how.first_index};
  }

  // Through the library with a report and without one.
  void expect_reduced(const seen& x, const judged* where, const asked_for& how) {
    const finishing finish = finishing_of(x.values->type, how);
    const reduced expected = reduced_tensor(*x.values, where, how.dims, how.keepdim, finish);
    const reduce_options options = options_of(where, how);
    const bool with_report = random.below(2) == 0;
    const data_report report(on());
    const tensor got = reduce(on(), how.by, x.view, options, with_report ? report.c() : nullptr);
    const std::string text =
        std::string(describe(how.by)) + " over " + testing::PrintToString(how.dims);
    EXPECT_EQ(got.type(), finish.type) << text;
    EXPECT_EQ(shape_t(got.shape().begin(), got.shape().end()), expected.shape) << text;
    EXPECT_EQ(host_bytes(got), expected.bytes) << text;
    if (!with_report) return;
    EXPECT_EQ(report.count(), expected.report.count) << text;
    EXPECT_EQ(report.first_index(), expected.report.first_index) << text;
  }

  random_integers random{11};
  condition_maker maker{on(), random};
};

}  // namespace bitwhere::test
