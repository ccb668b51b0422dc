// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/report_html.hpp"

#include "src/tool/html_text.hpp"
#include "src/tool/report_json.hpp"
#include "src/tool/thumbnail.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitwhere::tool_test {

namespace {

using tool::class_list;
using tool::evaluation;
using tool::picture;
using tool::report_details;

/// Every class mostly right, and sometimes taken for the next one.
evaluation evaluation_of(std::int64_t classes) {
  evaluation out;
  out.device = "cpu";
  out.isa = "avx2";
  out.classes = classes;
  out.counts.resize(static_cast<std::size_t>(classes * classes));
  for (std::int64_t c = 0; c < classes; ++c) {
    out.counts[static_cast<std::size_t>(c * classes + c)] = 1000 + c;
    out.counts[static_cast<std::size_t>(c * classes + (c + 1) % classes)] += 10 + c;
  }
  out.totals = scores_of(out.counts, classes);
  out.items_done = out.items_total = 1;
  tool::image_result image;
  image.name = "one";
  image.height = image.width = 10;
  image.mean_iou = 0.5;
  out.images = {image};
  return out;
}

class_list names_of(std::int64_t classes) {
  class_list out{classes, {}};
  for (std::int64_t c = 0; c < classes; ++c) out.names.push_back("kind" + std::to_string(c));
  return out;
}

std::string page(const evaluation& result, const class_list& classes,
                 const std::vector<tool::report_image>& worst = {}, report_details details = {}) {
  details.json = tool::json_text(result, classes);
  return tool::report_html(result, classes, worst, details);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++out;
  }
  return out;
}

bool holds(const std::string& text, const std::string& part) { return count_of(text, part) > 0; }

/// What the page's JSON element holds, as a browser reads it.
std::string embedded(const std::string& html) {
  const std::string begin = "id=\"bitwhere-data\">";
  const std::size_t from = html.find(begin) + begin.size();
  return html.substr(from, html.find("</script>", from) - from);
}

TEST(ReportHtml, HoldsTheJsonByteForByte) {
  const evaluation result = evaluation_of(5);
  const class_list classes = names_of(5);
  EXPECT_EQ(embedded(page(result, classes)), tool::json_text(result, classes));
}

TEST(ReportHtml, NothingEndsTheScriptThatHoldsIt) {
  const evaluation result = evaluation_of(2);
  const class_list classes{2, {"</script><script>alert(1)</script>", "<!-- x"}};
  const std::string html = page(result, classes);
  EXPECT_FALSE(holds(html, "alert(1)</script>"));
  EXPECT_FALSE(holds(embedded(html), "<"));
  EXPECT_EQ(nlohmann::json::parse(embedded(html)),
            nlohmann::json::parse(tool::json_text(result, classes)));
}

TEST(ReportHtml, EscapesEveryText) {
  evaluation result = evaluation_of(2);
  const std::string evil = "<img src=x onerror=1>&\"'\xFF\x01";
  const std::string safe = "&lt;img src=x onerror=1&gt;&amp;&quot;&#39;\xEF\xBF\xBD&#65533;";
  result.images[0].name = evil;
  result.problems = {{evil, evil}};
  picture drawn = tool::make_picture(4, 4);
  std::fill_n(drawn.rgb.get(), drawn.bytes(), std::uint8_t{9});
  std::vector<tool::report_image> worst;
  worst.push_back({result.images[0], std::move(drawn)});
  report_details details{evil, evil, evil, evil, evil, evil};
  const std::string html = page(result, {2, {evil, "plain"}}, worst, details);
  EXPECT_FALSE(holds(html, "<img src=x"));
  EXPECT_FALSE(holds(html, "\xFF"));
  EXPECT_FALSE(holds(html, "\x01"));
  EXPECT_GE(count_of(html, safe), 11U);
}

TEST(ReportHtml, SaysHowManyPixelsHaveBadLabels) {
  evaluation result = evaluation_of(3);
  const auto html = [&] {
    std::vector<tool::report_image> worst;
    picture black = tool::make_picture(4, 4);
    std::fill_n(black.rgb.get(), black.bytes(), std::uint8_t{0});
    worst.push_back({result.images[0], std::move(black)});
    const std::string all = page(result, names_of(3), worst);
    return all.substr(0, all.find("id=\"bitwhere-data\""));
  };
  EXPECT_FALSE(holds(html(), "bad labels"));
  result.images[0].bad_labels = 1234;
  result.bad_labels = 5678;
  EXPECT_TRUE(holds(html(), "<span>1,234 pixels with bad labels, not counted</span>"));
  EXPECT_TRUE(holds(
      html(), "<dt>Pixels not counted: bad labels</dt><dd>" + tool::count_element(5678) + "</dd>"));
  result.images[0].bad_labels = 1;
  EXPECT_TRUE(holds(html(), "<span>1 pixel with bad labels, not counted</span>"));
}

TEST(ReportHtml, NeedsNothingElse) {
  const std::string html = page(evaluation_of(30), names_of(30));
  for (const char* reference :
       {"http:", "https:", "//cdn", "@import", "url(", "<link rel=\"style"}) {
    EXPECT_FALSE(holds(html, reference)) << reference;
  }
  EXPECT_TRUE(holds(html, "default-src 'none'"));
}

class ReportMatrix : public testing::TestWithParam<std::int64_t> {};

TEST_P(ReportMatrix, SuitsTheNumberOfClasses) {
  const std::int64_t classes = GetParam();
  const std::string html = page(evaluation_of(classes), names_of(classes));
  EXPECT_EQ(holds(html, "<table class=\"matrix\">"), classes <= 24);
  EXPECT_EQ(holds(html, "<svg id=\"matrix\""), classes > 24 && classes <= 200);
  EXPECT_EQ(holds(html, "too many to draw"), classes > 200);
  EXPECT_EQ(holds(html, "id=\"pairs\""), classes > 1);
  EXPECT_EQ(count_of(html, "<th scope=\"row\" class=\"name\">"), static_cast<std::size_t>(classes));
  for (const char* element :
       {"table", "section", "div", "svg", "tr", "td", "th", "data", "g", "p"}) {
    const std::string name = element;
    const std::string body = html.substr(html.find("<body>"));
    EXPECT_EQ(count_of(body, "<" + name + ">") + count_of(body, "<" + name + " "),
              count_of(body, "</" + name + ">"))
        << name;
  }
  EXPECT_LT(html.size() - embedded(html).size(), 700000U);
}

INSTANTIATE_TEST_SUITE_P(All, ReportMatrix, testing::Values(1, 2, 24, 25, 150, 200, 201, 1000));

TEST(ReportHtml, SaysThatItIsPartial) {
  evaluation result = evaluation_of(3);
  EXPECT_FALSE(holds(page(result, names_of(3)), "Partial."));
  result.items_total = 1234;
  report_details details;
  details.partial = true;
  EXPECT_TRUE(holds(page(result, names_of(3), {}, details), "1 of 1,234 images"));
}

TEST(ReportHtml, ListsManyProblemsInPart) {
  evaluation result = evaluation_of(2);
  for (int i = 0; i < 2000; ++i) result.problems.push_back({"f", "unreadable"});
  const std::string html = page(result, names_of(2));
  EXPECT_EQ(count_of(html, "<code>f</code>"), 500U);
  EXPECT_TRUE(holds(html, "and 1,500 more"));
  EXPECT_TRUE(holds(html, "2,000 problems."));
}

TEST(ReportHtml, DrawsARatioThatDoesNotExistAsADash) {
  evaluation result = evaluation_of(2);
  result.counts = {5, 0, 0, 0};
  result.totals = scores_of(result.counts, 2);
  const std::string html = page(result, {2, {}});
  EXPECT_TRUE(holds(html, "<data value=\"\">&ndash;</data>"));
  const std::size_t body = html.find("<body>");
  EXPECT_FALSE(holds(html.substr(body, html.find("<script") - body), "nan"));
  EXPECT_TRUE(holds(html, ">class 1 <small>not in the targets</small>"));
}

TEST(ReportHtml, TwentyImagesStaySmall) {
  evaluation result = evaluation_of(11);
  std::vector<tool::report_image> worst;
  std::uint32_t state = 1;
  for (int i = 0; i < 20; ++i) {
    picture noise = tool::make_picture(1024, 2048);  // nothing compresses worse
    for (std::size_t b = 0; b < noise.bytes(); b += 3) {
      state = state * 1664525 + 1013904223;
      std::fill_n(noise.rgb.get() + b, 3, static_cast<std::uint8_t>(state >> 24));
    }
    worst.push_back({result.images[0], std::move(noise)});
  }
  const std::string html = page(result, names_of(11), worst);
  EXPECT_EQ(count_of(html, "data:image/jpeg;base64,/9j/"), 20U);
  EXPECT_EQ(count_of(html, "width=\"640\" height=\"320\""), 20U);
  EXPECT_LT(html.size(), 3000000U);
}

TEST(HtmlText, GroupsDigits) {
  EXPECT_EQ(tool::grouped(0), "0");
  EXPECT_EQ(tool::grouped(999), "999");
  EXPECT_EQ(tool::grouped(1000), "1,000");
  EXPECT_EQ(tool::grouped(-123456), "-123,456");
  EXPECT_EQ(tool::grouped(1234567890), "1,234,567,890");
}

TEST(HtmlText, WritesBase64) {
  const auto url = [](std::string_view text) {
    return tool::data_url("a/b", std::as_bytes(std::span(text)));
  };
  // The vectors of RFC 4648.
  EXPECT_EQ(url(""), "data:a/b;base64,");
  EXPECT_EQ(url("f"), "data:a/b;base64,Zg==");
  EXPECT_EQ(url("fo"), "data:a/b;base64,Zm8=");
  EXPECT_EQ(url("foo"), "data:a/b;base64,Zm9v");
  EXPECT_EQ(url("foob"), "data:a/b;base64,Zm9vYg==");
  EXPECT_EQ(url("fooba"), "data:a/b;base64,Zm9vYmE=");
  EXPECT_EQ(url("foobar"), "data:a/b;base64,Zm9vYmFy");
}

TEST(Thumbnail, IsTheMeanOfWhatItCovers) {
  picture four = tool::make_picture(2, 4);
  for (std::size_t i = 0; i < four.bytes(); ++i) four.rgb[i] = static_cast<std::uint8_t>(i);
  const picture same = tool::thumbnail_of(four, 4);
  EXPECT_EQ(same.width, 4);
  EXPECT_TRUE(std::equal(same.rgb.get(), same.rgb.get() + same.bytes(), four.rgb.get()));
  const picture half = tool::thumbnail_of(four, 2);
  ASSERT_EQ(half.width, 2);
  ASSERT_EQ(half.height, 1);
  // Red of the left half: 0, 3, 12 and 15.
  EXPECT_EQ(half.rgb[0], 8);
  EXPECT_EQ(half.rgb[3], 14);
  const picture thin = tool::thumbnail_of(tool::make_picture(1, 5000), 100);
  EXPECT_EQ(thin.height, 1);
  EXPECT_EQ(thin.width, 100);
}

}  // namespace
}  // namespace bitwhere::tool_test
