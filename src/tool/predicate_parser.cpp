// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "predicate_parser.hpp"

#include "failure.hpp"
#include "number_text.hpp"
#include "predicate_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace bitwhere::tool {

namespace {

using node = predicate::node;

// Each level takes a few calls, and a command line has room for more than a stack can hold.
constexpr int most_levels = 100;

struct comparing {
  std::string_view sign;
  bw_predicate what;
  bw_predicate mirrored;  ///< with its sides exchanged
};

constexpr comparing comparisons[] = {{"<", BW_LT, BW_GT},  {"<=", BW_LE, BW_GE},
                                     {">", BW_GT, BW_LT},  {">=", BW_GE, BW_LE},
                                     {"==", BW_EQ, BW_EQ}, {"!=", BW_NE, BW_NE}};

const comparing* comparison_of(const token& sign) {
  const auto* const found = std::ranges::find(comparisons, sign.text, &comparing::sign);
  return found == std::end(comparisons) ? nullptr : found;
}

std::optional<bw_predicate> test_of(std::string_view name) {
  if (name == "isnan") return BW_ISNAN;
  if (name == "isinf") return BW_ISINF;
  if (name == "isfinite") return BW_ISFINITE;
  return std::nullopt;
}

class parser {
 public:
  parser(std::string_view option, const std::string& text)
      : option_(option), text_(text), next_(token_at(text, 0)) {}

  std::vector<node> parse() {
    if (next_.text.empty()) fail(next_.at, "is empty");
    require_condition(any());
    if (!next_.text.empty()) fail_at_next("&&, || or the end");
    return std::move(nodes_);
  }

 private:
  enum class kind { tensor, number, condition };

  struct operand {
    kind what = kind::condition;
    std::size_t at = 0;
    scalar value = false;
    bool negated = false;  ///< by !
  };

  /// Counts levels of parentheses and negations as long as it lives.
  class level {
   public:
    explicit level(parser& of) : of_(of) {
      if (++of_.levels_ > most_levels) {
        of_.fail(of_.next_.at, fmt::format("is nested more than {} levels deep", most_levels));
      }
    }
    level(const level&) = delete;
    level& operator=(const level&) = delete;
    ~level() { --of_.levels_; }

   private:
    parser& of_;
  };

  [[noreturn]] void fail(std::size_t at, const std::string& what) const {
    throw syntax_error(fmt::format("{}: {}", option_, what), text_, at);
  }

  /// Says what stands next where `wanted` should, and what may have been meant.
  [[noreturn]] void fail_at_next(std::string_view wanted) const {
    if (next_.text.empty()) fail(next_.at, fmt::format("ends where {} is expected", wanted));
    constexpr std::pair<std::string_view, std::string_view> meant[] = {
        {"=", "=="}, {"&", "&&"}, {"|", "||"}, {"~", "!"}};
    for (const auto& [written, right] : meant) {
      if (next_.text == written) fail(next_.at, fmt::format("write {} for {}", right, written));
    }
    fail(next_.at, fmt::format("{} where {} is expected", next_.text, wanted));
  }

  std::size_t advance() {
    const std::size_t at = next_.at;
    end_ = at + next_.text.size();
    next_ = token_at(text_, end_);
    return at;
  }

  bool take(std::string_view text) {
    if (next_.text != text) return false;
    advance();
    return true;
  }

  void expect(std::string_view text) {
    if (!take(text)) fail_at_next(text);
  }

  void add_leaf(bw_predicate what, const scalar& with, std::size_t at) {
    if (++leaves_ > BW_MAX_LEAVES) {
      fail(at, fmt::format("has more than {} comparisons and tests", BW_MAX_LEAVES));
    }
    nodes_.push_back({what, with, at});
  }

  /// Makes what stands for true or false of x, which has been read last.
  void require_condition(const operand& from) {
    if (from.what == kind::number) fail(from.at, "a number is no condition; compare x with it");
    if (from.what == kind::tensor) add_leaf(BW_NONZERO, false, from.at);
  }

  operand any() {
    operand left = all();
    while (next_.text == "||" || next_.text == "or") left = joined(left, BW_OR, &parser::all);
    return left;
  }

  operand all() {
    operand left = negation();
    while (next_.text == "&&" || next_.text == "and") {
      left = joined(left, BW_AND, &parser::negation);
    }
    return left;
  }

  operand joined(const operand& left, bw_predicate how, operand (parser::*right)()) {
    require_condition(left);
    const std::size_t at = advance();
    require_condition((this->*right)());
    nodes_.push_back({how, false, at});
    return {kind::condition, left.at};
  }

  operand negation() {
    if (next_.text != "not") return comparison();
    const level one(*this);
    const std::size_t at = advance();
    require_condition(negation());
    nodes_.push_back({BW_NOT, false, at});
    return {kind::condition, at};
  }

  operand comparison() {
    const operand left = side();
    const comparing* const how = comparison_of(next_);
    if (how == nullptr) return left;
    const std::size_t sign_at = advance();
    if (left.negated) fail(left.at, "! binds to what follows it: write !( ) around a comparison");
    if (left.what == kind::condition) {
      fail(left.at, "a condition is compared; only x compares with numbers");
    }
    const std::size_t right_at = next_.at;
    const operand right = side();
    if (right.what == kind::condition) {
      fail(right_at, "a condition is compared; only x compares with numbers");
    }
    if (comparison_of(next_) != nullptr) fail_chain(left.at, right_at);
    if (left.what == right.what) {
      fail(sign_at, left.what == kind::number
                        ? "compares two numbers; one side must be x"
                        : "compares x with itself; isnan(x) finds what differs from itself");
    }
    const bool is_plain = left.what == kind::tensor;
    add_leaf(is_plain ? how->what : how->mirrored, is_plain ? right.value : left.value, left.at);
    return {kind::condition, left.at};
  }

  [[noreturn]] void fail_chain(std::size_t left_at, std::size_t right_at) const {
    const auto part = [this](std::size_t from) { return text_.substr(from, end_ - from); };
    fail(next_.at, fmt::format("comparisons do not chain: write {} && {} {} ...", part(left_at),
                               part(right_at), next_.text));
  }

  operand side() {
    const std::size_t at = next_.at;
    if (next_.text == "-" || next_.text == "+") return signed_number();
    if (next_.is_number()) return {kind::number, at, number(false)};
    if (next_.is_word()) return word();
    if (next_.text != "(" && next_.text != "!") fail_at_next("x, a number, ! or (");
    const level one(*this);
    if (take("(")) {
      operand inner = any();
      expect(")");
      return {inner.what, at, inner.value};
    }
    advance();
    require_condition(side());
    nodes_.push_back({BW_NOT, false, at});
    return {kind::condition, at, false, true};
  }

  operand signed_number() {
    const bool is_negative = next_.text == "-";
    const std::size_t at = advance();
    if (!next_.is_number() && next_.text != "inf" && next_.text != "nan") {
      fail(at, "a sign stands before numbers alone");
    }
    return {kind::number, at, number(is_negative)};
  }

  operand word() {
    const std::size_t at = next_.at;
    if (take("x")) return {kind::tensor, at};
    if (next_.text == "inf" || next_.text == "nan") return {kind::number, at, number(false)};
    if (take("true")) return {kind::number, at, true};
    if (take("false")) return {kind::number, at, false};
    const std::string_view name = next_.text;
    const std::optional<bw_predicate> test = test_of(name);
    if (!test) {
      if (name == "and" || name == "or" || name == "not") fail_at_next("x, a number, ! or (");
      fail(at, fmt::format("{} is unknown; known are x, isnan, isinf, isfinite, inf, nan, true, "
                           "false, and, or, not",
                           name));
    }
    advance();
    expect("(");
    if (!take("x")) fail(next_.at, fmt::format("{} takes x alone", name));
    expect(")");
    add_leaf(*test, false, at);
    return {kind::condition, at};
  }

  /// Reads what stands next, behind a sign.
  scalar number(bool is_negative) {
    const number_text read = read_number(next_.text, is_negative);
    if (!read.fault.empty()) fail(next_.at, read.fault);
    advance();
    return read.value;
  }

  std::string_view option_;
  const std::string& text_;
  token next_;
  std::size_t end_ = 0;  ///< of what has been read
  std::vector<node> nodes_;
  int leaves_ = 0;
  int levels_ = 0;
};

}  // namespace

std::vector<node> parse_predicate(std::string_view option, const std::string& text) {
  return parser(option, text).parse();
}

}  // namespace bitwhere::tool
