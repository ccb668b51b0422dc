// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <limits>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Misuse of reductions: a code, a text that names what is wrong, and an output untouched.
namespace bitwhere::test {
namespace {

class ReduceErrors : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
  tensor x = to(on, bitwhere::view(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}));
  tensor out = to(on, bitwhere::view(std::vector<float>{7, 7, 7}));
  tensor words = to(on, bitwhere::view(std::vector<std::int64_t>(3 * 19, 7), {3, 19}));

  void TearDown() override {
    std::vector<float> host(3);
    copy(on, out, bitwhere::view(host));
    EXPECT_EQ(host, (std::vector<float>{7, 7, 7})) << "a failing call wrote its output";
    std::vector<std::int64_t> host_words(3 * 19);
    copy(on, words, bitwhere::view(host_words, {3, 19}));
    EXPECT_EQ(host_words, std::vector<std::int64_t>(3 * 19, 7));
  }
};

TEST_P(ReduceErrors, DimensionsOutOfRangeOrNamedTwice) {
  for (const std::int32_t d : {2, 3, -3, INT32_MAX, INT32_MIN}) {
    expect_error(errc::invalid_argument, {"over", std::to_string(d), "(2, 3)"},
                 [&] { sum(on, x, {.dims = {d}}, out); });
    expect_error(errc::invalid_argument, {"over"}, [&] { sum(on, x, {.dims = {0, d}}); });
  }
  expect_error(errc::invalid_argument, {"over", "twice"}, [&] {
    sum(on, x, {.dims = {0, -2}}, out);
  });
}

TEST_P(ReduceErrors, OutputsOfAnotherDtypeOrShape) {
  expect_error(errc::invalid_dtype, {"out", "i64", "f32"},
               [&] { argmax(on, x, {.dims = {0}}, out); });
  expect_error(errc::invalid_dtype, {"out", "i64", "f32"},
               [&] { count(on, x, {.dims = {0}}, out); });
  expect_error(errc::invalid_dtype, {"out", "f32", "f64"},
               [&] { amax(on, x, {.dims = {0}}, empty(on, {3}, f64)); });
  expect_error(errc::invalid_dtype, {"out", "i32"},
               [&] { mean(on, x, {.dims = {0}}, empty(on, {3}, i32)); });
  const tensor whole = empty(on, {2, 3}, i16);
  expect_error(errc::invalid_dtype, {"out", "i64", "f32"},
               [&] { sum(on, whole, {.dims = {0}}, out); });
  expect_error(errc::invalid_shape, {"out", "(2,)", "(3,)"},
               [&] { sum(on, x, {.dims = {1}}, out); });
  expect_error(errc::invalid_shape, {"out", "(1, 3)", "(3,)"},
               [&] { sum(on, x, {.dims = {0}, .keepdim = true}, out); });
}

TEST_P(ReduceErrors, ElementsThatAreNotReduced) {
  const tensor complex = empty(on, {2, 3}, c64);
  for (const reducer by :
       {reducer::sum, reducer::mean, reducer::count, reducer::min, reducer::argmax}) {
    expect_error(errc::invalid_dtype, {"x", "c64"}, [&] { reduce(on, by, complex); });
    expect_error(errc::invalid_dtype, {"x", "c64"}, [&] { partial(on, by, complex); });
  }
  expect_error(errc::invalid_argument, {"reducer", "9"},
               [&] { reduce(on, static_cast<reducer>(9), x); });
}

TEST_P(ReduceErrors, ShapesThatDoNotBroadcast) {
  const tensor mask = empty(on, {2, 4}, boolean);
  expect_error(errc::invalid_shape, {"x", "(2, 3)", "(2, 4)"},
               [&] { sum(on, x, {.where = mask, .dims = {0}}, out); });
}

TEST_P(ReduceErrors, OptionsThatDoNotFit) {
  const auto mean_with = [&](double eps) {
    mean(on, x, {.dims = {0}, .denominator_eps = eps}, out);
  };
  expect_error(errc::invalid_argument, {"denominator_eps"},
               [&] { mean_with(std::numeric_limits<double>::infinity()); });
  expect_error(errc::invalid_argument, {"denominator_eps"},
               [&] { mean_with(std::numeric_limits<double>::quiet_NaN()); });
  expect_error(errc::invalid_argument, {"denominator_eps", "-1e-06", "negative"},
               [&] { mean_with(-1e-6); });
  expect_error(errc::invalid_argument, {"denominator_eps", "-2"},
               [&] { partial(on, reducer::mean, x, {.dims = {0}, .denominator_eps = -2}); });
  const partial made(on, reducer::mean, f32, to(on, bitwhere::view(std::vector<std::int64_t>(19))),
                     {.denominator_eps = -2});
  expect_error(errc::invalid_argument, {"denominator_eps", "-2"}, [&] { (void)made.finish(); });
  expect_error(errc::invalid_argument, {"denominator_eps"},
               [&] { sum(on, x, {.dims = {0}, .denominator_eps = 1}, out); });
  expect_error(errc::invalid_argument, {"first_index"},
               [&] { amax(on, x, {.dims = {0}, .first_index = 1}, out); });
  const tensor indices = empty(on, {3}, i64);
  expect_error(errc::invalid_argument, {"first_index", "-1"},
               [&] { argmax(on, x, {.dims = {0}, .first_index = -1}, indices); });
  expect_error(errc::invalid_argument, {"first_index"},
               [&] { argmax(on, x, {.dims = {0}, .first_index = INT64_MAX}, indices); });
  expect_error(errc::invalid_argument, {"empty_mean", "5"},
               [&] { mean(on, x, {.dims = {0}, .empty = static_cast<empty_mean>(5)}, out); });
}

TEST_P(ReduceErrors, OutputsThatOverlap) {
  const tensor_view row(x.data(), f32, shape_t{3}, {}, on.memory());
  expect_error(errc::overlap, {"out", "x"}, [&] { sum(on, x, {.dims = {0}}, row); });
  const tensor_view mask(out.data(), boolean, shape_t{2, 3}, {}, on.memory());
  expect_error(errc::overlap, {"out", "condition"},
               [&] { sum(on, x, {.where = mask, .dims = {0}}, out); });
  const tensor_view still(out.data(), f32, shape_t{3}, shape_t{0}, on.memory());
  expect_error(errc::overlap, {"out"}, [&] { sum(on, x, {.dims = {0}}, still); });
  auto* const report = static_cast<bw_report*>(x.data());
  expect_error(errc::overlap, {"report", "x"}, [&] { sum(on, x, {.dims = {0}}, out, report); });
  auto* const in_out = static_cast<bw_report*>(words.data());
  const tensor_view out_there(words.data(), f32, shape_t{3}, {}, on.memory());
  expect_error(errc::overlap, {"report", "out"},
               [&] { sum(on, x, {.dims = {0}}, out_there, in_out); });
}

TEST_P(ReduceErrors, ReportsThatAreNotAligned) {
  auto* const report = reinterpret_cast<bw_report*>(static_cast<unsigned char*>(words.data()) + 4);
  expect_error(errc::invalid_argument, {"report", "aligned"},
               [&] { sum(on, x, {.dims = {0}}, out, report); });
}

TEST_P(ReduceErrors, TensorsElsewhere) {
  const tensor_view remote(x.data(), f32, shape_t{2, 3}, {}, {BW_CUDA, 77});
  expect_error(errc::invalid_device, {"x", "cuda:77"},
               [&] { sum(on, remote, {.dims = {0}}, out); });
  expect_error(errc::invalid_device, {"x", "cuda:77"},
               [&] { count(on, remote, {.dims = {0}}, empty(on, {3}, i64)); });
  expect_error(errc::invalid_device, {"condition", "cuda:77"},
               [&] { sum(on, x, {.where = remote > 0, .dims = {0}}, out); });
  const tensor_view away(out.data(), f32, shape_t{3}, {}, {BW_CUDA, 77});
  expect_error(errc::invalid_device, {"out", "cuda:77"}, [&] { sum(on, x, {.dims = {0}}, away); });
}

TEST_P(ReduceErrors, NullsAndSizes) {
  const bw_tensor c_x = x.c();
  const bw_tensor c_out = out.c();
  EXPECT_EQ(bw_reduce(on.get(), BW_SUM, nullptr, nullptr, &c_out, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_reduce(on.get(), BW_SUM, &c_x, nullptr, nullptr, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_reduce(nullptr, BW_SUM, &c_x, nullptr, &c_out, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_reduce(on.get(), BW_COUNT, &c_x, nullptr, nullptr, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_reduce_partial(on.get(), BW_SUM, &c_x, nullptr, nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_merge_partials(on.get(), nullptr, &c_out), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_partial_words(BW_SUM, f32, nullptr), BW_INVALID_ARGUMENT);
  std::int64_t size = 0;
  EXPECT_EQ(bw_partial_words(BW_SUM, bw_dtype{9, 9, 9}, &size), BW_INVALID_DTYPE);
  EXPECT_EQ(bw_partial_words(-1, f32, &size), BW_INVALID_ARGUMENT);
  bw_reduce_options options = {};
  EXPECT_EQ(bw_reduce(on.get(), BW_SUM, &c_x, &options, &c_out, nullptr), BW_INVALID_ARGUMENT);
  options.struct_bytes = sizeof options;
  options.reserved = 1;
  EXPECT_EQ(bw_reduce(on.get(), BW_SUM, &c_x, &options, &c_out, nullptr), BW_UNAVAILABLE);
  bw_dtype type = {};
  std::int32_t ndim = 0;
  std::int64_t shape[BW_MAX_RANK] = {};
  EXPECT_EQ(bw_reduce_result(BW_SUM, &c_x, nullptr, nullptr, &ndim, shape), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_reduce_result(BW_SUM, &c_x, nullptr, &type, &ndim, shape), BW_OK);
  EXPECT_EQ(ndim, 0);
  EXPECT_EQ(dtype(type), f32);
}

TEST_P(ReduceErrors, PartialsThatAreNone) {
  const tensor narrow = empty(on, {3, 19}, i32);
  const bw_tensor c_x = x.c();
  const std::int32_t dims[] = {0};
  const bw_reduction over = {sizeof over, dims, 1, 0, 0};
  bw_reduce_options options = {};
  options.struct_bytes = sizeof options;
  options.over = &over;
  const auto made = [&](const tensor_view& into) {
    const bw_tensor c = into.c();
    on.check(bw_reduce_partial(on.get(), BW_SUM, &c_x, &options, &c));
  };
  expect_error(errc::invalid_dtype, {"partial", "i64", "i32"}, [&] { made(narrow); });
  expect_error(errc::invalid_shape, {"partial", "(3, 19)", "(3, 12)"}, [&] {
    made(empty(on, {3, 12}, i64));
  });
  const tensor_view wide(words.data(), i64, shape_t{3, 19}, shape_t{1, 3}, on.memory());
  expect_error(errc::invalid_shape, {"partial", "contiguous"}, [&] { made(wide); });
  const tensor room = empty(on, {3 * 19 + 1}, i64);
  const tensor_view shifted(room.data(), i64, shape_t{3, 19}, {}, on.memory(), 4);
  expect_error(errc::invalid_argument, {"partial", "aligned"}, [&] { made(shifted); });

  const auto merged = [&](const tensor_view& from, const tensor_view& into) {
    const bw_tensor c_from = from.c();
    const bw_tensor c_into = into.c();
    on.check(bw_merge_partials(on.get(), &c_from, &c_into));
  };
  expect_error(errc::invalid_shape, {"into", "(3, 20)"}, [&] {
    merged(empty(on, {3, 20}, i64), empty(on, {3, 20}, i64));
  });
  expect_error(errc::invalid_shape, {"from", "(2, 19)", "(3, 19)"}, [&] {
    merged(empty(on, {2, 19}, i64), words);
  });
  expect_error(errc::overlap, {"into", "from"}, [&] { merged(words, words); });
  expect_error(errc::invalid_dtype, {"from", "i32"}, [&] { merged(narrow, words); });
  const tensor_view remote(room.data(), i64, shape_t{3, 19}, {}, {BW_CUDA, 77});
  expect_error(errc::invalid_device, {"from", "cuda:77"}, [&] { merged(remote, words); });

  const partial sums(on, reducer::sum, f32, words);
  expect_error(errc::invalid_shape, {"out", "(3,)", "(2,)"},
               [&] { sums.finish(empty(on, {2}, f32)); });
  expect_error(errc::invalid_dtype, {"out", "i64"}, [&] { sums.finish(empty(on, {3}, i64)); });
  expect_error(errc::invalid_shape, {"partial", "76"},
               [&] { (void)partial(on, reducer::sum, f64, words).finish(); });
  const bw_tensor c_words = words.c();
  const bw_tensor c_out = out.c();
  EXPECT_EQ(bw_finish_partials(on.get(), BW_SUM, &c_words, f32, &options, &c_out, nullptr),
            BW_INVALID_ARGUMENT)
      << "dimensions belong to the making of partials";
  EXPECT_EQ(bw_finish_partials(on.get(), BW_SUM, &c_words, c64, nullptr, &c_out, nullptr),
            BW_INVALID_DTYPE);
}

TEST_P(ReduceErrors, ReadOnlyOutputs) {
  const float one = 1;
  const tensor_view constant = bitwhere::view(&one, {});
  expect_error(errc::read_only, {"out"}, [&] { sum(on, x, {}, constant); });
  expect_error(errc::read_only, {"out"}, [&] { partial(on, reducer::sum, x).finish(constant); });
}

INSTANTIATE_TEST_SUITE_P(Devices, ReduceErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
