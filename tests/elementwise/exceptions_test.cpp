// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <cfenv>
#include <limits>

#include "../../src/device/cpu/isa.hpp"
#include "../../src/plan/elementwise_plan.hpp"
#include "../support/errors.hpp"
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

class Exceptions : public testing::Test {
 protected:
  context on{"cpu"};

  template <class T>
  void expect_none_from(const std::vector<T>& x) {
    // Rows that end within a vector, and strided ones.
    const std::vector<std::int64_t> shape{7, 5};
    std::vector<T> values(35);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = x[i % x.size()];
    std::vector<T> out(35);
    for (const shape_t& strides : {shape_t{5, 1}, shape_t{1, 7}}) {
      const tensor_view from(values.data(), view(values).type(), shape, strides);
      const tensor_view to(out.data(), from.type(), shape);
      const bw_tensor c_x = from.c();
      const bw_tensor c_out = to.c();
      // A stored mask: a comparison with a NaN would raise an exception of its own.
      const tensor sound = mask(on, from > 0.25 && from < 8);
      const condition::c_tree c_sound{condition(sound)};
      const bw_guard guarded = {sizeof(bw_guard), c_sound.get(), nullptr};
      for (const device::isa& isa : device::isas()) {
        if (!isa.available) continue;
        const kernels::cpu_kernels& code = *isa.kernels;
        for (const bw_function f : all_functions) {
          SCOPED_TRACE(std::string(title_of(f)) + " " + code.isa);
          const auto plan = plan::plan_elementwise({}, f, &c_x, &guarded, &c_out);
          EXPECT_EQ(raised_by(code, plan), 0);
        }
        const bw_operand side = {&c_x, {}};
        EXPECT_EQ(raised_by(code, plan::plan_divide({}, side, side, &guarded, &c_out)), 0);
        // Without the guard they are raised.
        const bw_guard all = {sizeof(bw_guard), nullptr, nullptr};
        EXPECT_NE(raised_by(code, plan::plan_elementwise({}, BW_LOG, &c_x, &all, &c_out)), 0);
      }
    }
  }
};

template <class T>
std::vector<T> numbers_and_traps() {
  using limits = std::numeric_limits<T>;
  return {1,
          -1,
          limits::quiet_NaN(),
          limits::infinity(),
          T{0.5},
          -limits::infinity(),
          0,
          limits::max(),
          2,
          limits::signaling_NaN(),
          limits::denorm_min(),
          limits::lowest()};
}

TEST_F(Exceptions, NoneComeOfWhatIsExcluded) {
  expect_none_from(numbers_and_traps<float>());
  expect_none_from(numbers_and_traps<double>());
}

}  // namespace
}  // namespace bitwhere::test
