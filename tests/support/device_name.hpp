// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace bitwhere::test {

// A device as a test's name: gtest allows no colon.
inline std::string device_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::erase(name, ':');
  return name;
}

}  // namespace bitwhere::test
