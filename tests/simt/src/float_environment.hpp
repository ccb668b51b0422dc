// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cfenv>

namespace simt {

/// While it lives, arithmetic is the device's: round to nearest, denormals kept, no traps, whatever
/// the host thread had set.
class float_environment {
 public:
  float_environment() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~float_environment() { std::fesetenv(&before_); }
  float_environment(const float_environment&) = delete;
  float_environment& operator=(const float_environment&) = delete;

 private:
  std::fenv_t before_;
};

}  // namespace simt
