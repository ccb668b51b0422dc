// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <string>

namespace bitwhere::test {

// Runs `call` and expects an error of this code whose text holds each of `parts`: a message that
// does not name what is wrong helps nobody.
template <class Call>
void expect_error(errc code, std::initializer_list<std::string> parts, Call call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const error& e) {
    EXPECT_EQ(static_cast<int>(e.code()), static_cast<int>(code)) << e.what();
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(e.what()).find(part), std::string::npos)
          << '"' << e.what() << "\" does not say \"" << part << '"';
    }
  }
}

}  // namespace bitwhere::test
