// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/parity/corpus.hpp"
#include "src/tool/parity/digest.hpp"
#include "src/tool/parity/element_text.hpp"
#include "src/tool/parity/golden.hpp"
#include "src/tool/parity/runner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <sstream>
#include <string>

namespace bitwhere::tool_test {

namespace {

using tool::corpus;
using tool::layout;
using tool::row;
using tool::subset;

// The first numbers that the authors' program prints for these seeds.
TEST(Numbers, AreThoseOfSplitMix64) {
  tool::number_source zero(0);
  EXPECT_EQ(zero.next(), 0xE220A8397B1DCDAFU);
  EXPECT_EQ(zero.next(), 0x6E789E6AA1B965F4U);
  EXPECT_EQ(zero.next(), 0x06C45D188009454FU);
  tool::number_source other(1234567);
  EXPECT_EQ(other.next(), 6457827717110365317U);
  EXPECT_EQ(other.next(), 3203168211198807973U);
}

std::string digest_of(std::string_view text) {
  tool::digest d;
  d.add(text);
  return d.text();
}

TEST(Digest, OfWordsShowsChanges) {
  std::vector<std::byte> bytes(100);
  const std::uint64_t unchanged = tool::digest_of_words(bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned bit : {0u, 7u}) {
      // One, and the same bit of the next word, too: of two highest ones a product shows nothing.
      bytes[i] ^= std::byte(1u << bit);
      EXPECT_NE(tool::digest_of_words(bytes), unchanged) << i;
      std::byte& next = bytes[(i + 8) % bytes.size()];
      next ^= std::byte(1u << bit);
      EXPECT_NE(tool::digest_of_words(bytes), unchanged) << i;
      next ^= std::byte(1u << bit);
      bytes[i] ^= std::byte(1u << bit);
    }
  }
}

// The test vectors of FNV-1a.
TEST(Digest, IsFnv1a) {
  EXPECT_EQ(tool::fnv1a_64(""), 0xCBF29CE484222325U);
  EXPECT_EQ(tool::fnv1a_64("a"), 0xAF63DC4C8601EC8CU);
  EXPECT_EQ(tool::fnv1a_64("foobar"), 0x85944171F73967E8U);
  EXPECT_EQ(digest_of(""), "6c62272e07bb014262b821756295c58d");
  EXPECT_EQ(digest_of("a"), "d228cb696f1a8caf78912b704e4a8964");
  EXPECT_EQ(digest_of("foobar"), "343e1662793c64bf6f0d3597ba446f18");
}

std::set<std::string> floats_seen() {
  std::set<std::string> seen;
  tool::number_source numbers(1);
  for (int i = 0; i < 1000; ++i) {
    float value = 0;
    std::array<std::byte, 4> bytes{};
    tool::draw_element(numbers, f32, bytes.data());
    std::memcpy(&value, bytes.data(), 4);
    if (value != value) seen.insert("nan");
    if (value != 0 && std::abs(value) < std::numeric_limits<float>::min()) seen.insert("denormal");
    seen.insert(tool::bits_text(f32, bytes.data()));
  }
  return seen;
}

TEST(Values, AreAwkward) {
  const std::set<std::string> seen = floats_seen();
  for (const char* wanted :
       {"nan", "denormal", "0x7f800000", "0xff800000", "0x00000000", "0x80000000", "0x7f7fffff",
        "0xff7fffff", "0x00800000", "0x3f800000"}) {
    EXPECT_TRUE(seen.contains(wanted)) << wanted;
  }
  std::set<std::string> bytes;
  std::set<std::string> integers;
  tool::number_source numbers(2);
  for (int i = 0; i < 1000; ++i) {
    std::array<std::byte, 8> element{};
    tool::draw_element(numbers, boolean, element.data());
    bytes.insert(tool::bits_text(boolean, element.data()));
    tool::draw_element(numbers, i64, element.data());
    integers.insert(tool::value_text(i64, element.data()));
  }
  EXPECT_EQ(bytes, (std::set<std::string>{"0x00", "0x01", "0x02", "0x80", "0xff"}));
  for (const char* wanted : {"-9223372036854775808", "9223372036854775807", "-3", "0", "3"}) {
    EXPECT_TRUE(integers.contains(wanted)) << wanted;
  }
}

std::string_view text_of(const tool::source& from) {
  return {reinterpret_cast<const char*>(from.bytes.data()), from.bytes.size()};
}

// Whatever compiler and machine: a change here changes every digest.
TEST(Values, AreTheSameEverywhere) {
  const tool::source x = tool::inputs("a/row").tensor("x", f32, {4});
  const tool::source z = tool::inputs("a/row").tensor("z", c128, {40});
  const tool::source n = tool::inputs("a/row").tensor("n", i16, {400});
  EXPECT_EQ(digest_of(text_of(x)), "6df35ae9b3c2989fe6885c365ea9ef35");
  EXPECT_EQ(digest_of(text_of(z)), "7b1427fee99e6149bfd8ea9623fccffc");
  EXPECT_EQ(digest_of(text_of(n)), "42890fb142c23f57658a52356496b222");
}

TEST(Sources, HoldTheSameElementsInEveryLayout) {
  const tool::inputs in("a/row");
  const shape_t shape = {3, 5, 7};
  const tool::source dense = in.tensor("x", i16, shape);
  const auto expected = tool::gather(dense, dense.bytes);
  for (const layout lies :
       {layout::transposed, layout::reversed, layout::sliced, layout::misaligned}) {
    const tool::source x = in.tensor("x", i16, shape, lies);
    EXPECT_EQ(tool::gather(x, x.bytes), expected) << tool::name_of(lies);
    EXPECT_EQ(tool::first_stray_byte(x, x.bytes), -1) << tool::name_of(lies);
  }
  const tool::source repeated = in.tensor("x", i16, shape, layout::broadcast_inner);
  const auto elements = tool::gather(repeated, repeated.bytes);
  EXPECT_TRUE(std::equal(elements.begin(), elements.begin() + 2, elements.begin() + 12));
  EXPECT_TRUE(std::equal(elements.begin(), elements.begin() + 2, expected.begin()));
}

TEST(Sources, ShowWritesBesideTheirElements) {
  tool::source x = tool::inputs("a/row").tensor("x", i16, {4}, layout::sliced);
  const auto gap = static_cast<std::size_t>(x.origin) + 3;
  x.bytes[gap] ^= std::byte{1};
  EXPECT_EQ(tool::first_stray_byte(x, x.bytes), static_cast<std::int64_t>(gap));
}

TEST(Elements, ShowBitsAndValues) {
  const auto texts = [](dtype type, std::uint64_t low, std::uint64_t high = 0) {
    const std::uint64_t bits[] = {low, high};
    const auto* element = reinterpret_cast<const std::byte*>(bits);
    return tool::bits_text(type, element) + " " + tool::value_text(type, element);
  };
  EXPECT_EQ(texts(boolean, 0x80), "0x80 true");
  EXPECT_EQ(texts(u8, 200), "0xc8 200");
  EXPECT_EQ(texts(i8, 200), "0xc8 -56");
  EXPECT_EQ(texts(i64, ~0ULL), "0xffffffffffffffff -1");
  EXPECT_EQ(texts(f16, 0x3555), "0x3555 0.333251953125");
  EXPECT_EQ(texts(f16, 0x0001), "0x0001 5.960464477539063e-08");
  EXPECT_EQ(texts(f16, 0xFC00), "0xfc00 -inf");
  EXPECT_EQ(texts(bf16, 0x3F80), "0x3f80 1");
  EXPECT_EQ(texts(f32, 0x80000000), "0x80000000 -0");
  EXPECT_EQ(texts(f64, 0x3FF0000000000000), "0x3ff0000000000000 1");
  EXPECT_EQ(texts(c64, 0xC00000003F800000), "0x3f800000 0xc0000000 1-2i");
  EXPECT_EQ(texts(c128, 0, 0x3FF0000000000000), "0x0000000000000000 0x3ff0000000000000 0+1i");
}

std::vector<std::string> parts_of(const std::string& name) {
  std::istringstream in(name);
  std::vector<std::string> parts;
  for (std::string part; std::getline(in, part, '/');) parts.push_back(part);
  return parts;
}

TEST(Corpus, HasNamesOfFiveParts) {
  for (const row& r : corpus()) EXPECT_EQ(parts_of(r.name).size(), 5U) << r.name;
}

TEST(Corpus, CoversEachOperationDtypeAndLayoutQuickly) {
  std::set<std::string> operations;
  std::set<std::string> dtypes;
  std::set<std::string> layouts;
  for (const row* r : tool::select_rows(corpus(), subset::quick, "")) {
    const std::vector<std::string> parts = parts_of(r->name);
    operations.insert(parts[0]);
    if (parts[0] != "where") continue;
    dtypes.insert(parts[1]);
    layouts.insert(parts[2]);
  }
  EXPECT_EQ(operations, (std::set<std::string>{"where",
                                               "mask",
                                               "count_nonzero",
                                               "nan_to_num",
                                               "confusion_matrix",
                                               "accuracy",
                                               "copy",
                                               "argmax",
                                               "colorize",
                                               "decolorize",
                                               "nonzero",
                                               "masked_select",
                                               "reduce",
                                               "exp",
                                               "log",
                                               "log1p",
                                               "sigmoid",
                                               "softplus",
                                               "log_sigmoid",
                                               "safe_divide",
                                               "binary_cross_entropy",
                                               "binary_cross_entropy_eps",
                                               "binary_cross_entropy_with_logits",
                                               "sigmoid_focal_loss",
                                               "soft_dice_loss",
                                               "cross_entropy",
                                               "nll_loss",
                                               "where_gradient",
                                               "sum_gradient",
                                               "mean_gradient",
                                               "exp_gradient",
                                               "log_gradient",
                                               "log1p_gradient",
                                               "sigmoid_gradient",
                                               "softplus_gradient",
                                               "log_sigmoid_gradient",
                                               "safe_divide_gradient"}));
  for (const dtype type : tool::all_dtypes) EXPECT_TRUE(dtypes.contains(tool::name_of(type)));
  for (const layout lies : tool::all_layouts) {
    EXPECT_TRUE(layouts.contains(std::string(tool::name_of(lies))));
  }
}

bool holds_a_number(const tool::output& from) {
  const auto size = static_cast<std::size_t>(from.type.bytes());
  for (std::size_t at = 0; at + size <= from.bytes.size(); at += size) {
    const std::string text = tool::value_text(from.type, from.bytes.data() + at);
    if (text.find("nan") == text.npos && text.find("inf") == text.npos && text != "0" &&
        text != "-0") {
      return true;
    }
  }
  return false;
}

// Digests of NaN alone would prove nothing: the losses and gradients of nearly all rows are
// numbers.
TEST(Corpus, LossesAndGradientsAreNumbers) {
  const std::unique_ptr<tool::runner> on = tool::make_runner({"cpu", "scalar", 1});
  int rows = 0;
  int outputs = 0;
  int numbers = 0;
  for (const row* r : tool::select_rows(corpus(), subset::quick, "")) {
    const std::string operation = r->operation();
    if (!operation.ends_with("_loss") && !operation.ends_with("_gradient") &&
        operation.find("cross_entropy") == operation.npos) {
      continue;
    }
    ++rows;
    const tool::observation seen = on->run(*r, r->prepare(tool::inputs(r->name)));
    EXPECT_EQ(seen.fault, "") << r->name;
    for (const tool::output& each : seen.outputs) {
      if (each.type.code != BW_FLOAT && each.type.code != BW_BFLOAT) continue;
      ++outputs;
      numbers += holds_a_number(each) ? 1 : 0;
    }
  }
  EXPECT_GT(rows, 500);
  EXPECT_GT(numbers, outputs * 9 / 10) << "of " << outputs;
}

void expect_rows_of(const std::string& file, const tool::row_list& rows,
                    const std::string& command) {
  const tool::golden committed = tool::read_golden(file);
  EXPECT_EQ(committed.bits_version, bw_bits_version());
  std::vector<std::string> names;
  for (const auto& [name, digest] : committed.digests) names.push_back(name);
  std::vector<std::string> expected;
  for (const row& r : rows) expected.push_back(r.name);
  EXPECT_EQ(names, expected) << command;
}

TEST(Corpus, IsTheCommittedGoldenFile) {
  expect_rows_of(BITWHERE_GOLDEN, corpus(),
                 "bitwhere parity --full --write-golden tests/parity/golden.txt");
}

TEST(Corpus, OfAllInputsIsTheCommittedFile) {
  expect_rows_of(BITWHERE_EXHAUSTIVE, tool::exhaustive_corpus(),
                 "bitwhere parity --exhaustive --write-golden tests/parity/exhaustive.txt");
}

}  // namespace
}  // namespace bitwhere::tool_test
