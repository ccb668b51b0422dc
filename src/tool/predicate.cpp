// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "predicate.hpp"

#include "failure.hpp"
#include "predicate_parser.hpp"

#include <fmt/format.h>

#include <utility>

namespace bitwhere::tool {

predicate::predicate(std::string option, std::string text)
    : option_(std::move(option)), text_(std::move(text)), nodes_(parse_predicate(option_, text_)) {}

condition predicate::over(const tensor_view& x) const {
  std::vector<condition> done;
  for (const node& n : nodes_) {
    if (n.what == BW_NOT) {
      done.back() = !std::move(done.back());
    } else if (n.what == BW_AND || n.what == BW_OR) {
      const condition right = std::move(done.back());
      done.pop_back();
      condition left = std::move(done.back());
      done.back() = n.what == BW_AND ? std::move(left) && right : std::move(left) || right;
    } else if (n.what >= BW_LT && n.what <= BW_NE) {
      if (x.type().code == BW_COMPLEX) {
        throw syntax_error(fmt::format("{}: x is complex, and complex numbers do not compare; x "
                                       "alone, isnan, isinf and isfinite can be asked",
                                       option_),
                           text_, n.at);
      }
      done.push_back({n.what, x, n.with});
    } else {
      done.push_back({n.what, x});
    }
  }
  return std::move(done.back());
}

}  // namespace bitwhere::tool
