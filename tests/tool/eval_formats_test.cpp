// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

/// `bitwhere eval`: what is printed.
#include "files.hpp"
#include "src/tool/report_csv.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

using json = nlohmann::json;

/// Two images of three classes whose names have to be quoted.
class EvalFormats : public testing::Test {
 protected:
  EvalFormats() {
    write_text(folder_ / "names.txt", "sky, clear\nsay \"road\"\nnone\n");
    add("a", {0, 0, 1, 1}, {0, 1, 1, 1});
    add("b,c", {0, 0}, {9, 0});
  }

  void add(const std::string& name, const std::vector<std::int64_t>& prediction,
           const std::vector<std::int64_t>& target) {
    const auto width = static_cast<std::int64_t>(target.size());
    write_text(folder_ / "p" / (name + ".png"), encode_png({1, width, prediction}, 8));
    write_text(folder_ / "t" / (name + ".png"), encode_png({1, width, target}, 8));
  }

  [[nodiscard]] outcome eval(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"eval",
                                       "--prediction",
                                       (folder_ / "p").string(),
                                       "--target",
                                       (folder_ / "t").string(),
                                       "--classes",
                                       (folder_ / "names.txt").string(),
                                       "--ignore",
                                       "9"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }

  scratch_folder folder_;
};

// [[2 0 0] [1 2 0] [0 0 0]]: unions 3 and 3, target and predicted 5 and 5.
TEST_F(EvalFormats, CsvHasClassesThenTotals) {
  const outcome run = eval({"--format", "csv"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out,
            "row,id,class,pixels,accuracy,precision,iou,dice\n"
            "class,0,\"sky, clear\",2,1,0.6666666666666666,0.6666666666666666,0.8\n"
            "class,1,\"say \"\"road\"\"\",3,0.6666666666666666,1,0.6666666666666666,0.8\n"
            "class,2,none,0,,,,\n"
            "macro,,,5,0.8333333333333333,0.8333333333333333,0.6666666666666666,0.8\n"
            "micro,,,5,0.8,,0.6666666666666666,0.8\n"
            "frequency_weighted,,,5,,,0.6666666666666666,\n");
}

TEST_F(EvalFormats, CsvHasALineAnImageWhereItIsAskedFor) {
  const outcome run = eval({"--format", "csv", "--per-image"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out,
            "image,height,width,valid,correct,bad_labels,accuracy,mean_iou,mean_dice\n"
            "a,1,4,4,3,0,0.75,0.5833333333333333,0.7333333333333334\n"
            "\"b,c\",1,2,1,1,0,1,1,1\n");
}

TEST_F(EvalFormats, CsvFieldsAreQuotedWhereTheyHaveToBe) {
  EXPECT_EQ(tool::csv_field(""), "");
  EXPECT_EQ(tool::csv_field("a b'c;d"), "a b'c;d");
  EXPECT_EQ(tool::csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(tool::csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(tool::csv_field("a\rb"), "\"a\rb\"");
  EXPECT_EQ(tool::csv_field("\""), "\"\"\"\"");
}

TEST_F(EvalFormats, TableHasALineAnImageWhereItIsAskedFor) {
  const outcome run = eval({"--per-image"});
  EXPECT_NE(run.out.find("\nimage     valid pixels     accuracy         mIoU    mean Dice\n"
                         "a                    4  0.750000000  0.583333333  0.733333333\n"
                         "b,c                  1  1.000000000  1.000000000  1.000000000\n"),
            std::string::npos)
      << run.out;
  EXPECT_EQ(eval({}).out.find("\nimage "), std::string::npos);
}

TEST_F(EvalFormats, JsonIsTheSameWhereverItGoes) {
  const std::string file = (folder_ / "report.json").string();
  const outcome csv = eval({"--format", "csv", "--json", file});
  EXPECT_EQ(csv.out.find("row,id,"), 0U);
  const outcome printed = eval({"--format", "json"});
  EXPECT_EQ(printed.out, read_text(file));
  EXPECT_EQ(printed.out, eval({"--json", "-"}).out);
  EXPECT_EQ(printed.out, eval({"--json", "-", "--format", "json"}).out);
  EXPECT_EQ(eval({"--format", "table"}).out, eval({}).out);
}

TEST_F(EvalFormats, RejectsWrongFormats) {
  const auto error = [&](const std::vector<std::string>& more) {
    const outcome run = eval(more);
    EXPECT_EQ(run.code, 2);
    return run.err;
  };
  EXPECT_EQ(error({"--format", "xml"}), "error: --format xml: not table, json or csv\n");
  EXPECT_EQ(error({"--format", "csv", "--json", "-"}),
            "error: --json -: standard output is for --format csv; give a file\n");
}

}  // namespace
}  // namespace bitwhere::tool_test
