// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cfenv>
#include <cstring>

#include "../../src/device/cpu/isa.hpp"
#include "../../src/plan/elementwise_plan.hpp"
#include "../support/errors.hpp"
#include "../support/promotion_table.hpp"
#include "formulas.hpp"

// What a condition excludes is never computed with: no floating-point exception comes of it. A call
// restores the caller's flags, so the loops are called as the cpu device calls them.
namespace bitwhere::test {
namespace {

constexpr int errors = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW;

int raised_by(const kernels::cpu_kernels& code, const plan::elementwise_plan& plan) {
  std::feclearexcept(FE_ALL_EXCEPT);
  code.elementwise(plan.args, 0, kernels::units_of(plan.args.s));
  const int raised = std::fetestexcept(errors);
  std::feclearexcept(FE_ALL_EXCEPT);
  return raised;
}

// 1, -1, NaN, Inf, 0.5, -Inf, 0, the largest, 2, a signalling NaN, the smallest and the lowest.
std::vector<std::uint64_t> numbers_and_traps(dtype type) {
  if (type == f16) {
    return {0x3c00, 0xbc00, 0x7e00, 0x7c00, 0x3800, 0xfc00, 0, 0x7bff, 0x4000, 0x7d00, 1, 0xfbff};
  }
  if (type == bf16) {
    return {0x3f80, 0xbf80, 0x7fc0, 0x7f80, 0x3f00, 0xff80, 0, 0x7f7f, 0x4000, 0x7fa0, 1, 0xff7f};
  }
  if (type == f32) {
    return {0x3f800000, 0xbf800000, 0x7fc00000, 0x7f800000, 0x3f000000, 0xff800000,
            0,          0x7f7fffff, 0x40000000, 0x7fa00000, 1,          0xff7fffff};
  }
  return {0x3ff0000000000000,
          0xbff0000000000000,
          0x7ff8000000000000,
          0x7ff0000000000000,
          0x3fe0000000000000,
          0xfff0000000000000,
          0,
          0x7fefffffffffffff,
          0x4000000000000000,
          0x7ff4000000000000,
          1,
          0xffefffffffffffff};
}

constexpr dtype float_dtypes[] = {f16, bf16, f32, f64};

// Rows that end within a vector, and strided ones.
const shape_t shape{7, 37};
const shape_t layouts[] = {{37, 1}, {1, 7}};

// Numbers and traps over the shape: the same ones at the same places for every dtype.
class operand_of {
 public:
  operand_of(dtype type, const shape_t& strides)
      : bytes_(static_cast<std::size_t>(7 * 37 * type.bytes())), type_(type), strides_(strides) {
    const std::vector<std::uint64_t> all = numbers_and_traps(type);
    const auto size = static_cast<std::size_t>(type.bytes());
    for (std::size_t i = 0; i < 7 * 37; ++i) {
      std::memcpy(bytes_.data() + i * size, &all[i % all.size()], size);
    }
  }

  tensor_view view() { return tensor_view(bytes_.data(), type_, shape, strides_); }
  tensor_view signalling() { return tensor_view(at(9), type_, shape_t{1}); }

 private:
  std::uint8_t* at(std::int64_t i) { return bytes_.data() + i * type_.bytes(); }

  std::vector<std::uint8_t> bytes_;
  dtype type_;
  shape_t strides_;
};

class Exceptions : public testing::Test {
 protected:
  context on{"cpu"};

  // A stored mask: a comparison with a NaN would raise an exception of its own.
  tensor sound(const tensor_view& x) const { return mask(on, x > 0.25 && x < 8); }

  template <class Body>
  static void for_each_isa(Body body) {
    for (const device::isa& isa : device::isas()) {
      if (!isa.available) continue;
      SCOPED_TRACE(isa.kernels->isa);
      body(*isa.kernels);
    }
  }

  void expect_none_of_quotients(const tensor_view& x, const tensor_view& y, const tensor& where) {
    const tensor out = safe_div(on, x, y);
    const bw_tensor c_x = x.c();
    const bw_tensor c_y = y.c();
    const bw_tensor c_out = out.c();
    const condition selected = where;
    const condition::c_tree tree(selected);
    const bw_guard guarded = {sizeof(bw_guard), tree.get(), nullptr};
    for_each_isa([&](const kernels::cpu_kernels& code) {
      EXPECT_EQ(raised_by(code, plan::plan_divide({}, {&c_x, {}}, {&c_y, {}}, &guarded, &c_out)),
                0);
    });
  }
};

TEST_F(Exceptions, NoneComeOfWhatIsExcluded) {
  for (const dtype type : float_dtypes) {
    for (const shape_t& strides : layouts) {
      operand_of numbers(type, strides);
      const tensor_view x = numbers.view();
      const tensor out = empty(on, shape, type);
      const bw_tensor c_x = x.c();
      const bw_tensor c_out = out.c();
      const tensor where = sound(x);
      const condition selected = where;
      const condition::c_tree tree(selected);
      const bw_guard guarded = {sizeof(bw_guard), tree.get(), nullptr};
      const bw_guard all = {sizeof(bw_guard), nullptr, nullptr};
      for_each_isa([&](const kernels::cpu_kernels& code) {
        for (const bw_function f : all_functions) {
          SCOPED_TRACE(std::string(title_of(f)) + " " + describe(type));
          EXPECT_EQ(raised_by(code, plan::plan_elementwise({}, f, &c_x, &guarded, &c_out)), 0);
        }
        // Without the guard they are raised.
        EXPECT_NE(raised_by(code, plan::plan_elementwise({}, BW_LOG, &c_x, &all, &c_out)), 0);
      });
    }
  }
}

// A conversion raises exceptions, too.
TEST_F(Exceptions, NoneComeOfConvertingWhatIsExcluded) {
  for (const dtype x_type : float_dtypes) {
    for (const dtype y_type : float_dtypes) {
      for (const shape_t& strides : layouts) {
        SCOPED_TRACE(describe(x_type) + " / " + describe(y_type));
        operand_of x(x_type, strides);
        operand_of y(y_type, strides);
        expect_none_of_quotients(x.view(), y.view(), sound(x.view()));
        // One divisor for all, which no element needs.
        const tensor nowhere = mask(on, x.view() > 8 && x.view() < 8);
        expect_none_of_quotients(x.view(), y.signalling(), nowhere);
      }
    }
  }
}

}  // namespace
}  // namespace bitwhere::test
