// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <complex>

#include "../support/device_name.hpp"
#include "../support/errors.hpp"
#include "../support/host.hpp"

// Misuse of nonzero and masked_select: a code, a text that names the argument, and outputs
// untouched.
namespace bitwhere::test {
namespace {

using indices = std::vector<std::int64_t>;

class SelectionErrors : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
  tensor x = to(on, bitwhere::view(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}));
  tensor out = to(on, bitwhere::view(indices{7, 7, 7, 7, 7, 7}));
  tensor cells = to(on, bitwhere::view(indices{7, 7}));
  bw_found* counted = static_cast<bw_found*>(cells.data());

  void TearDown() override {
    EXPECT_EQ(values<std::int64_t>(out), (indices{7, 7, 7, 7, 7, 7}))
        << "a failing call wrote its output";
    EXPECT_EQ(values<std::int64_t>(cells), (indices{7, 7})) << "a failing call wrote its count";
  }

  // `out` in another shape or dtype.
  tensor_view room(const shape_t& shape, dtype type = i64, const shape_t& strides = {}) const {
    return tensor_view(out.data(), type, shape, strides, on.memory());
  }

  // A byte that is repeated, as a tensor of as many elements as one likes.
  tensor_view repeated(const shape_t& shape) const {
    return tensor_view(x.data(), u8, shape, shape_t(shape.size(), 0), on.memory());
  }

  bw_found* at(const tensor& of, std::size_t byte) const {
    return reinterpret_cast<bw_found*>(static_cast<std::uint8_t*>(of.data()) + byte);
  }

  // Into `room`, with a bw_found.
  void into(const tensor_view& room, const nonzero_options& options = {}) {
    nonzero(on, x > 0, options, room, counted);
  }
};

// --- Outputs. ---

TEST_P(SelectionErrors, OutputsOfAnotherDtype) {
  for (const dtype type : {u8, f64, boolean, i16}) {
    expect_error(errc::invalid_dtype, {"out", "i64", "i32"}, [&] { into(room({3, 2}, type)); });
  }
  for (const dtype type : {u8, f32, c64}) {
    expect_error(errc::invalid_dtype, {"index", "i64", "i32"},
                 [&] { nonzero(on, x, {.index = type}); });
  }
  expect_error(errc::invalid_dtype, {"out", "f32", "i64"},
               [&] { masked_select(on, x, x > 0, {}, out, counted); });
  expect_error(errc::invalid_dtype, {"out", "f32", "i32"},
               [&] { masked_select(on, x, x > 0, {}, room({6}, i32), counted); });
}

TEST_P(SelectionErrors, OutputsOfAnotherShape) {
  for (const shape_t& shape : {shape_t{6}, {2, 3}, {2, 1}, {1, 2, 3}, {}}) {
    expect_error(errc::invalid_shape, {"out", "2"}, [&] { into(room(shape)); });
  }
  for (const shape_t& shape : {shape_t{6}, {3, 2}, {1, 2}, {1, 2, 3}, {}}) {
    expect_error(errc::invalid_shape, {"out", "2"},
                 [&] { into(room(shape), {.form = index_form::columns}); });
  }
  for (const shape_t& shape : {shape_t{3, 2}, {6, 1}, {1, 6}, {}}) {
    expect_error(errc::invalid_shape, {"out"},
                 [&] { into(room(shape), {.form = index_form::flat}); });
    expect_error(errc::invalid_shape, {"out"},
                 [&] { masked_select(on, x, x > 0, {}, room(shape, f32), counted); });
  }
  const tensor_view one(x.data(), f32, shape_t{}, {}, on.memory());
  expect_error(errc::invalid_shape, {"out", "0"}, [&] {
    nonzero(on, one, {}, room({6, 1}), counted);
  });
}

TEST_P(SelectionErrors, OutputsThatAreReadOnly) {
  const indices constant(6);
  expect_error(errc::read_only, {"out"}, [&] { into(bitwhere::view(constant, {3, 2})); });
  const std::vector<float> numbers(6);
  expect_error(errc::read_only, {"out"},
               [&] { masked_select(on, x, x > 0, {}, bitwhere::view(numbers), counted); });
}

TEST_P(SelectionErrors, OutputsWhoseElementsRepeat) {
  const std::pair<shape_t, shape_t> rows[] = {{{3, 2}, {0, 1}}, {{3, 2}, {2, 0}}, {{3, 2}, {1, 1}}};
  for (const auto& row : rows) {
    expect_error(errc::overlap, {"out"}, [&] { into(room(row.first, i64, row.second)); });
  }
  expect_error(errc::overlap, {"out"},
               [&] { into(room({6}, i64, {0}), {.form = index_form::flat}); });
  expect_error(errc::overlap, {"out"},
               [&] { masked_select(on, x, x > 0, {}, room({6}, f32, {0}), counted); });
}

TEST_P(SelectionErrors, OutputsThatAreRead) {
  // Also exactly the same elements: hits are stored before all conditions are read.
  expect_error(errc::overlap, {"out", "condition"},
               [&] { nonzero(on, out, {.form = index_form::flat}, out, counted); });
  expect_error(errc::overlap, {"out", "condition"}, [&] {
    nonzero(on, room({2, 2}) != 7, {}, room({3, 2}), counted);
  });
  expect_error(errc::overlap, {"out", "condition"}, [&] {
    nonzero(on, x > 0 && room({3}, f32) > 0, {}, room({3, 2}), counted);
  });
  const tensor mask = to(on, bitwhere::view(std::vector<std::uint8_t>(6, 1)));
  expect_error(errc::overlap, {"out", "x"},
               [&] { masked_select(on, out, mask > 0, {}, out, counted); });
  expect_error(errc::overlap, {"out", "x"},
               [&] { masked_select(on, room({6}, i64), mask > 0, {}, room({4}), counted); });
  expect_error(errc::overlap, {"out", "condition"}, [&] {
    masked_select(on, x, room({2, 3}) > 0, {}, room({4}, f32), counted);
  });
}

// --- Counts. ---

TEST_P(SelectionErrors, CountsThatAreMisaligned) {
  const tensor bytes = empty(on, {64}, u8);
  for (const std::size_t byte : {std::size_t{1}, std::size_t{4}}) {
    expect_error(errc::invalid_argument, {"found", "8"}, [&] {
      nonzero(on, x, {}, room({3, 2}), at(bytes, byte));
    });
    expect_error(errc::invalid_argument, {"found", "8"},
                 [&] { masked_select(on, x, x > 0, {}, room({3}, f32), at(bytes, byte)); });
  }
}

TEST_P(SelectionErrors, CountsThatOverlap) {
  expect_error(errc::overlap, {"found", "out"}, [&] {
    nonzero(on, x, {}, room({3, 2}), at(out, 8));
  });
  expect_error(errc::overlap, {"found", "condition"}, [&] {
    nonzero(on, x, {}, room({3, 2}), at(x, 8));
  });
  expect_error(errc::overlap, {"found", "out"},
               [&] { masked_select(on, x, x > 0, {}, room({3}, f32), at(out, 0)); });
  const tensor mask = to(on, bitwhere::view(std::vector<std::uint8_t>(6, 1), {2, 3}));
  expect_error(errc::overlap, {"found", "x"},
               [&] { masked_select(on, x, mask > 0, {}, room({3}, f32), at(x, 0)); });
}

// --- Numbers that do not fit. ---

TEST_P(SelectionErrors, IndicesThatDoNotFit) {
  const std::int64_t beyond = (std::int64_t{1} << 31) + 1;
  const tensor_view row = repeated({beyond});
  const tensor_view square = repeated({1 << 16, 1 << 16});
  const tensor_view tall = repeated({2, beyond, 1});
  for (const index_form form : {index_form::rows, index_form::columns, index_form::flat}) {
    const shape_t shape = form == index_form::flat   ? shape_t{6}
                          : form == index_form::rows ? shape_t{6, 1}
                                                     : shape_t{1, 6};
    expect_error(errc::out_of_range, {"i32", std::to_string(beyond)},
                 [&] { nonzero(on, row, {.form = form}, room(shape, i32), counted); });
    expect_error(errc::out_of_range, {"i32", std::to_string(beyond)},
                 [&] { nonzero(on, row, {.form = form, .index = i32}); });
  }
  expect_error(errc::out_of_range, {"i32"}, [&] {
    nonzero(on, tall, {}, room({2, 3}, i32), counted);
  });
  expect_error(errc::out_of_range, {"i32", "65536"},
               [&] { nonzero(on, square, {.form = index_form::flat}, room({6}, i32), counted); });
  expect_error(errc::out_of_range, {"i32", "65536"},
               [&] { nonzero(on, square, {.form = index_form::flat, .index = i32}); });
}

TEST_P(SelectionErrors, FillsThatDoNotFit) {
  for (const std::int64_t fill : {std::int64_t{1} << 31, -(std::int64_t{1} << 31) - 1, INT64_MAX}) {
    expect_error(errc::out_of_range, {"fill", "i32", std::to_string(fill)}, [&] {
      into(room({3, 2}, i32), {.fill = fill});
    });
  }
  const auto fill_with = [&](dtype type, const scalar& fill) {
    const tensor of = empty(on, {3}, type);
    masked_select(on, of, x > 0, {.fill = fill}, room({1}, type), counted);
  };
  expect_error(errc::out_of_range, {"fill", "u8", "300"}, [&] { fill_with(u8, 300); });
  expect_error(errc::out_of_range, {"fill", "u8", "-1"}, [&] { fill_with(u8, -1); });
  expect_error(errc::out_of_range, {"fill", "f16"}, [&] { fill_with(f16, 1e6); });
  expect_error(errc::out_of_range, {"fill", "f32"}, [&] { fill_with(f32, 1e300); });
  expect_error(errc::invalid_dtype, {"fill", "i32"}, [&] { fill_with(i32, 0.5); });
  expect_error(errc::invalid_dtype, {"fill", "f32"},
               [&] { fill_with(f32, std::complex<double>(0, 1)); });
}

// --- Inputs. ---

TEST_P(SelectionErrors, ShapesThatDoNotBroadcast) {
  const tensor row = to(on, bitwhere::view(std::vector<float>{1, 2}));
  expect_error(errc::invalid_shape, {"(2,)", "(2, 3)"},
               [&] { masked_select(on, x, row > 0, {}, room({6}, f32), counted); });
  expect_error(errc::invalid_shape, {"(2,)", "(2, 3)"}, [&] { masked_select(on, row, x > 0); });
  expect_error(errc::invalid_shape, {"condition"}, [&] {
    nonzero(on, x > 0 && row > 0, {}, room({3, 2}), counted);
  });
  expect_error(errc::invalid_shape, {"condition"}, [&] { nonzero(on, x > 0 && row > 0); });
}

TEST_P(SelectionErrors, ConditionsThatAreNone) {
  expect_error(errc::invalid_dtype, {"condition", "bool", "f32"}, [&] {
    nonzero(on, condition(x), {}, room({3, 2}), counted);
  });
  expect_error(errc::invalid_dtype, {"condition", "bool", "f32"},
               [&] { masked_select(on, x, x, {}, room({6}, f32), counted); });
  const tensor complex = empty(on, {3}, c64);
  expect_error(errc::invalid_dtype, {"condition", "c64"}, [&] { nonzero(on, complex < 1); });
}

TEST_P(SelectionErrors, TensorsElsewhere) {
  const bw_device nowhere = {BW_CUDA, 77};
  const tensor_view remote(x.data(), f32, shape_t{2, 3}, {}, nowhere);
  expect_error(errc::invalid_device, {"condition", "cuda:77"}, [&] {
    nonzero(on, remote, {}, room({3, 2}), counted);
  });
  expect_error(errc::invalid_device, {"condition", "cuda:77"}, [&] { nonzero(on, remote > 0); });
  expect_error(errc::invalid_device, {"condition", "cuda:77"},
               [&] { masked_select(on, x, remote > 0, {}, room({6}, f32), counted); });
  expect_error(errc::invalid_device, {"x", "cuda:77"},
               [&] { masked_select(on, remote, x > 0, {}, room({6}, f32), counted); });
  expect_error(errc::invalid_device, {"x", "cuda:77"}, [&] { masked_select(on, remote, x > 0); });
  const tensor_view away(out.data(), i64, shape_t{3, 2}, {}, nowhere);
  expect_error(errc::invalid_device, {"out", "cuda:77"}, [&] { into(away); });
  const tensor_view values_away(out.data(), f32, shape_t{6}, {}, nowhere);
  expect_error(errc::invalid_device, {"out", "cuda:77"},
               [&] { masked_select(on, x, x > 0, {}, values_away, counted); });
  if (!on.is_cpu()) {
    indices host(6);
    expect_error(errc::invalid_device, {"out", "cpu"}, [&] { into(bitwhere::view(host, {3, 2})); });
  }
}

// --- The C functions. ---

TEST_P(SelectionErrors, ArgumentsThatAreMissing) {
  const condition positive = x > 0;
  const condition::c_tree c(positive);
  const bw_tensor c_x = x.c();
  const tensor_view rows = room({3, 2});
  const bw_tensor c_out = rows.c();
  const tensor_view some = room({6}, f32);
  const bw_tensor c_some = some.c();
  bw_selection selection = {};
  const auto indices_into = [&](bw_context* context, const bw_condition* condition,
                                const bw_tensor* to) {
    return bw_nonzero_into(context, condition, nullptr, to, counted);
  };
  EXPECT_EQ(indices_into(nullptr, c.get(), &c_out), BW_INVALID_ARGUMENT);
  EXPECT_EQ(indices_into(on.get(), nullptr, &c_out), BW_INVALID_ARGUMENT);
  EXPECT_EQ(indices_into(on.get(), c.get(), nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_nonzero(nullptr, c.get(), nullptr, &selection), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_nonzero(on.get(), nullptr, nullptr, &selection), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_nonzero(on.get(), c.get(), nullptr, nullptr), BW_INVALID_ARGUMENT);
  const auto values_into = [&](bw_context* context, const bw_tensor* from,
                               const bw_condition* condition, const bw_tensor* to) {
    return bw_masked_select_into(context, from, condition, nullptr, to, counted);
  };
  EXPECT_EQ(values_into(nullptr, &c_x, c.get(), &c_some), BW_INVALID_ARGUMENT);
  EXPECT_EQ(values_into(on.get(), nullptr, c.get(), &c_some), BW_INVALID_ARGUMENT);
  EXPECT_EQ(values_into(on.get(), &c_x, nullptr, &c_some), BW_INVALID_ARGUMENT);
  EXPECT_EQ(values_into(on.get(), &c_x, c.get(), nullptr), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_masked_select(nullptr, &c_x, c.get(), &selection), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_masked_select(on.get(), nullptr, c.get(), &selection), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_masked_select(on.get(), &c_x, nullptr, &selection), BW_INVALID_ARGUMENT);
  EXPECT_EQ(bw_masked_select(on.get(), &c_x, c.get(), nullptr), BW_INVALID_ARGUMENT);
}

TEST_P(SelectionErrors, OptionsThatAreUnknown) {
  const condition positive = x > 0;
  const condition::c_tree c(positive);
  const bw_tensor c_x = x.c();
  const tensor_view rows = room({3, 2});
  const bw_tensor c_out = rows.c();
  const tensor_view some = room({6}, f32);
  const bw_tensor c_some = some.c();
  bw_selection selection = {};
  constexpr std::size_t size = sizeof(bw_nonzero_options);
  for (const bw_nonzero_options& odd :
       {bw_nonzero_options{0, BW_INDEX_ROWS, 0, -1, i64, 0},
        bw_nonzero_options{size - 1, BW_INDEX_ROWS, 0, -1, i64, 0},
        bw_nonzero_options{size, 3, 0, -1, i64, 0}, bw_nonzero_options{size, -1, 0, -1, i64, 0}}) {
    EXPECT_EQ(bw_nonzero_into(on.get(), c.get(), &odd, &c_out, counted), BW_INVALID_ARGUMENT);
    EXPECT_EQ(bw_nonzero(on.get(), c.get(), &odd, &selection), BW_INVALID_ARGUMENT);
  }
  bw_nonzero_options lanes = {size, BW_INDEX_ROWS, 0, -1, i64, 0};
  lanes.index.lanes = 2;
  EXPECT_EQ(bw_nonzero(on.get(), c.get(), &lanes, &selection), BW_INVALID_DTYPE);
  // A struct that has grown, with an option that is not known here.
  struct {
    bw_nonzero_options known;
    std::int64_t unknown;
  } const newer = {{sizeof(newer), BW_INDEX_ROWS, 0, -1, i64, 0}, 1};
  EXPECT_EQ(bw_nonzero_into(on.get(), c.get(), &newer.known, &c_out, counted), BW_UNAVAILABLE);
  EXPECT_EQ(bw_nonzero(on.get(), c.get(), &newer.known, &selection), BW_UNAVAILABLE);

  const bw_scalar strange = {17, 0, {.integer = 0}};
  const auto select_with = [&](const bw_select_options& options) {
    return bw_masked_select_into(on.get(), &c_x, c.get(), &options, &c_some, counted);
  };
  EXPECT_EQ(select_with({0, nullptr, 0, 0}), BW_INVALID_ARGUMENT);
  EXPECT_EQ(select_with({sizeof(bw_select_options), &strange, 0, 0}), BW_INVALID_ARGUMENT);
  EXPECT_EQ(select_with({sizeof(bw_select_options), nullptr, 0, 1}), BW_UNAVAILABLE);
}

INSTANTIATE_TEST_SUITE_P(Devices, SelectionErrors, testing::ValuesIn(devices()), device_name);

}  // namespace
}  // namespace bitwhere::test
