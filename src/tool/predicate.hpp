// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// An expression over one tensor, as a user writes it.
///
///   any         = all { ("||" | "or") all }
///   all         = negation { ("&&" | "and") negation }
///   negation    = "not" negation | comparison
///   comparison  = operand [ ("<" | "<=" | ">" | ">=" | "==" | "!=") operand ]
///   operand     = "x" | number | "(" any ")" | "!" operand | test "(x)"
///   test        = "isnan" | "isinf" | "isfinite"
///   number      = ["-" | "+"] (integer | decimal | "inf" | "nan") | "true" | "false"
///   integer     = decimal digits, or hexadecimal ones behind "0x"
///   decimal     = digits with a point, an exponent or both
///
/// One side of a comparison is x, the other a number; an integer stays one, to 64 bits. x alone
/// means x != 0. Comparisons do not chain, and there are up to BW_MAX_LEAVES of them and of tests.
///   Example:  "x > 0.5 && !(x == 1 || isinf(x))"
class predicate {
 public:
  /// `option` is whose value it is, for messages. Throws syntax_error.
  predicate(std::string option, std::string text);

  /// The condition that it is over `x`, whose data it borrows. Throws syntax_error where it
  /// compares complex numbers, which have no order.
  [[nodiscard]] condition over(const tensor_view& x) const;

  /// What an operand or an operator is; operands stand before what joins them.
  struct node {
    bw_predicate what;
    scalar with;     ///< of comparisons: the right side
    std::size_t at;  ///< where it stands in the text
  };

 private:
  std::string option_;
  std::string text_;
  std::vector<node> nodes_;
};

}  // namespace bitwhere::tool
