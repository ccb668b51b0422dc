// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include <exception>
#include <string>
#include <utility>

namespace bitwhere {

// What plans and devices throw; src/api turns it into a status and a text.
class failure : public std::exception {
 public:
  failure(bw_status status, std::string text) : status_(status), text_(std::move(text)) {}
  bw_status status() const { return status_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  bw_status status_;
  std::string text_;
};

}  // namespace bitwhere
