// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include "../support/array.hpp"
#include "../support/device_name.hpp"
#include "../support/errors.hpp"

// Copies: every layout on either side, between the host and every device.
namespace bitwhere::test {
namespace {

class Copy : public testing::TestWithParam<std::string> {
 protected:
  context on{GetParam()};
};

std::vector<std::uint8_t> copied_bytes(const array& from, const array& to) {
  std::vector<std::uint8_t> bytes = to.bytes;
  for_each_index(from.shape, [&](const shape_t& index) {
    for (std::int64_t b = 0; b < from.type.bytes(); ++b) {
      bytes[static_cast<std::size_t>(to.offset(index) + b)] = from.at(index)[b];
    }
  });
  return bytes;
}

tensor_view host_view(array& a) {
  return tensor_view(a.bytes.data(), a.type, a.shape, a.strides, {BW_CPU, 0},
                     static_cast<std::uint64_t>(a.origin));
}

TEST_P(Copy, MovesEveryLayoutEitherWay) {
  random_integers random(40);
  for (const dtype type : {boolean, f16, f32, c128}) {
    for (const layout from_layout : all_layouts) {
      for (const layout to_layout : {layout::dense, layout::transposed, layout::sliced}) {
        SCOPED_TRACE(describe(from_layout) + " to " + describe(to_layout));
        array from = make_array(type, {5, 9}, from_layout, random);
        array target = make_array(type, {5, 9}, to_layout, random);
        const std::vector<std::uint8_t> expected = copied_bytes(from, target);
        const placed device_from(on, from);
        const placed device_target(on, target);
        copy(on, device_from.view(), device_target.view());
        EXPECT_EQ(device_target.bytes(), expected) << "within the device";
        const placed again(on, target);
        copy(on, host_view(from), again.view());
        EXPECT_EQ(again.bytes(), expected) << "from the host";
        copy(on, device_from.view(), host_view(target));
        EXPECT_EQ(target.bytes, expected) << "to the host";
      }
    }
  }
}

TEST_P(Copy, GivesContiguousCopies) {
  const std::vector<float> data{1, 2, 3, 4, 5, 6};
  const tensor x = to(on, bitwhere::view(data, {2, 3}).permute({1, 0}));
  EXPECT_TRUE(x.contiguous());
  const tensor back = to(context("cpu"), x);
  const auto values = back.span<float>();
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()),
            (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

TEST_P(Copy, RefusesWhatDoesNotMatch) {
  const tensor four = empty(on, {4}, f32);
  expect_error(errc::invalid_shape, {"out", "(4,)", "(5,)"},
               [&] { copy(on, four, empty(on, {5}, f32)); });
  expect_error(errc::invalid_dtype, {"out", "f32", "f64"},
               [&] { copy(on, four, empty(on, {4}, f64)); });
  expect_error(errc::overlap, {"out"}, [&] {
    const auto part = [&](int begin) {
      return tensor_view(static_cast<float*>(four.data()) + begin, f32, shape_t{3}, {},
                         on.memory());
    };
    copy(on, part(0), part(1));
  });
  const tensor_view away(four.data(), f32, shape_t{4}, {}, {BW_CUDA, 55});
  expect_error(errc::invalid_device, {"cuda:55"}, [&] { copy(on, away, four); });
}

TEST_P(Copy, ReadsOneElement) {
  const tensor one = to(on, bitwhere::view(std::vector<double>{2.5}));
  EXPECT_EQ(one.item<double>(), 2.5);
  expect_error(errc::invalid_dtype, {"item"}, [&] { (void)one.item<float>(); });
  const tensor two = empty(on, {2}, f64);
  expect_error(errc::invalid_shape, {"item"}, [&] { (void)two.item<double>(); });
}

TEST_P(Copy, MovesEmptyTensors) {
  const tensor none = empty(on, {0, 3}, f32);
  EXPECT_EQ(to(on, none).size(), 0);
}

INSTANTIATE_TEST_SUITE_P(Devices, Copy, testing::ValuesIn(devices()), device_name);

TEST(View, RefusesWhatCannotBe) {
  std::vector<float> data(6);
  expect_error(errc::invalid_shape, {"6", "8"}, [&] { bitwhere::view(data, {2, 4}); });
  expect_error(errc::invalid_shape, {"16"}, [&] { bitwhere::view(data, shape_t(17, 1)); });
  const std::vector<float> constant(6);
  EXPECT_TRUE(bitwhere::view(constant).read_only());
  expect_error(errc::read_only, {"span"}, [&] { (void)bitwhere::view(constant).span<float>(); });
  EXPECT_EQ(bitwhere::view(constant).span<const float>().size(), 6u);
  expect_error(errc::invalid_dtype, {"span"}, [&] { (void)bitwhere::view(data).span<double>(); });
  expect_error(errc::invalid_shape, {"contiguous"}, [&] {
    (void)bitwhere::view(data, {2, 3}).permute({1, 0}).span<float>();
  });
}

}  // namespace
}  // namespace bitwhere::test
