// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "reduce_cli.hpp"

#include "arguments.hpp"
#include "choice.hpp"
#include "file_extension.hpp"
#include "reduced.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

namespace bitwhere::tool {

namespace {

constexpr const char* footer =
    "FILE is a .npy or a PNG, as \"bitwhere nonzero\" reads them, but not of complex numbers; an\n"
    "expression is what it is there, too.\n\n"
    "Sums are exact, whatever the order of the elements, and rounded once: to the type of the\n"
    "elements, or to --dtype. Those of integers are i64, modulo 2^64; their means are f32, or\n"
    "--dtype. The least and the largest are of the type of the elements: NaN wins, and the one\n"
    "and the other zero differ. Positions count all elements in row-major order, within the\n"
    "dimensions of --dims. Of no elements at all the sum and the count are 0, the mean is NaN or\n"
    "as --empty says, least and largest are NaN (integers: 0), positions -1.\n\n"
    "Printed is a line for each result, with as many digits as tell all its bits. Results of\n"
    "several numbers follow below their sizes; more than 1000 need --out.\n\n"
    "--partial writes what is known before it is rounded. Partials of parts of an array, made\n"
    "anywhere and in any order, merge to the very bits of the array as a whole. Positions need\n"
    "shards that are cut along the first reduced dimension, with --first-index: how many of the\n"
    "elements of a result lie in the shards before. Sums, means and counts share partials; each\n"
    "of the others has its own.\n\n"
    "Examples:\n"
    "  bitwhere reduce depth.npy --sum --mean --where 'isfinite(x)'\n"
    "  bitwhere reduce labels.png --count --where 'x == 7'\n"
    "  bitwhere reduce scores.npy --max --dims 0,1 --out highest.npy\n"
    "  bitwhere reduce part0.npy --sum --partial sum0.npy\n"
    "  bitwhere reduce --merge sum0.npy sum1.npy --of f32 --sum --mean\n\n"
    "Exit codes:\n"
    "  0  done, also where there was nothing to reduce\n"
    "  1  a file cannot be read, or its content is of no kind that can be reduced or merged\n"
    "  2  wrong usage, an expression that makes no sense, an unknown device, no such file\n"
    "  3  an internal or unexpected error, or an output that cannot be written\n";

struct choice_row {
  reducer by;
  const char* description;
};

constexpr choice_row choices[] = {
    {reducer::sum, "the exact sum, rounded once"},
    {reducer::mean, "the exact sum by the number of elements"},
    {reducer::count, "how many elements the expression selects"},
    {reducer::min, "the least element"},
    {reducer::max, "the largest element"},
    {reducer::argmin, "the position of the first least element"},
    {reducer::argmax, "the position of the first largest element"},
};

constexpr std::array<std::pair<std::string_view, dtype>, 4> float_names = {
    {{"f16", f16}, {"bf16", bf16}, {"f32", f32}, {"f64", f64}}};

constexpr std::array<std::pair<std::string_view, dtype>, 10> element_names = {{{"bool", boolean},
                                                                               {"u8", u8},
                                                                               {"i8", i8},
                                                                               {"i16", i16},
                                                                               {"i32", i32},
                                                                               {"i64", i64},
                                                                               {"f16", f16},
                                                                               {"bf16", bf16},
                                                                               {"f32", f32},
                                                                               {"f64", f64}}};

constexpr std::array<std::pair<std::string_view, empty_mean>, 2> empty_names = {
    {{"nan", empty_mean::nan}, {"zero", empty_mean::zero}}};

bool has(const reduce_texts& given, reducer by) { return given.by[static_cast<std::size_t>(by)]; }

std::vector<std::int32_t> dims_of(const std::string& text) {
  std::vector<std::int32_t> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    out.push_back(
        static_cast<std::int32_t>(parse_integer("--dims", part, -BW_MAX_RANK, BW_MAX_RANK - 1)));
    begin = end + 1;
  }
  return out;
}

void require_npy(const char* option, const std::string& file) {
  if (file.empty() || lower_extension(file) == ".npy") return;
  throw usage_error(fmt::format("{} {}: the name must end in .npy", option, file));
}

/// A partial holds what some reducers need and others do not.
void require_one_kind(const char* option, const std::vector<reducer>& by) {
  if (by.size() == 1) return;
  for (const reducer one : by) {
    if (one <= reducer::count) continue;
    throw usage_error(
        fmt::format("{}: sums, means and counts share partials; --{} has its own, so give it alone",
                    option, name_of(one)));
  }
}

/// What belongs to the making of partials was said there.
void require_merging(const reduce_texts& given) {
  const std::pair<const char*, bool> others[] = {{"FILE", !given.file.empty()},
                                                 {"--where", given.where.has_value()},
                                                 {"--dims", given.dims.has_value()},
                                                 {"--keepdim", given.keepdim},
                                                 {"--first-index", !given.first_index.empty()}};
  for (const auto& [name, is_given] : others) {
    if (is_given) throw usage_error(fmt::format("--merge: merges partials and takes no {}", name));
  }
  if (given.of.empty()) {
    throw usage_error("--merge: --of must say what type the elements had (--help shows the usage)");
  }
}

void require_consistency(const reduce_texts& given, const std::vector<reducer>& by) {
  if (by.empty()) {
    throw usage_error(
        "give --sum, --mean, --count, --min, --max, --argmin or --argmax, or several of them");
  }
  if (given.merged.empty() && given.file.empty()) {
    throw usage_error("give a FILE, or --merge (--help shows the usage)");
  }
  if (!given.merged.empty()) require_merging(given);
  if (given.merged.empty() && !given.of.empty()) throw usage_error("--of: is for --merge");
  if (!given.merged.empty()) require_one_kind("--merge", by);
  if (!given.partial.empty()) require_one_kind("--partial", by);
  if (!given.out.empty() && by.size() > 1) {
    throw usage_error("--out: holds one result, so give one of --sum, --mean and so on");
  }
  if (!given.out.empty() && given.out == given.partial) {
    throw usage_error(fmt::format("--partial {}: is where --out goes", given.partial));
  }
  if (!given.empty.empty() && !has(given, reducer::mean)) {
    throw usage_error("--empty: is for --mean");
  }
  if (!given.first_index.empty() && !has(given, reducer::argmin) && !has(given, reducer::argmax)) {
    throw usage_error("--first-index: is for --argmin and --argmax");
  }
}

void add_elements(CLI::App& command, reduce_texts& given) {
  // No options of optionals, which would take an empty text for none.
  command
      .add_option_function<std::string>(
          "--where", [&given](const std::string& text) { given.where = text; },
          "only these elements of x (default: all)")
      ->type_name("EXPR");
  command
      .add_option_function<std::string>(
          "--dims", [&given](const std::string& text) { given.dims = text; },
          "reduce these dimensions, with commas between; -1 is the last (default: all)")
      ->type_name("N,N");
  command.add_flag("--keepdim", given.keepdim, "keep reduced dimensions, with size 1");
  command
      .add_option(
          "--first-index", given.first_index,
          "of a shard that is cut along the first reduced dimension: what is added to positions")
      ->default_str("0")
      ->type_name("N");
}

}  // namespace

void add_reduce_options(CLI::App& command, reduce_texts& given) {
  command.add_option("file", given.file, "the array: .npy or .png")->type_name("FILE");
  for (const choice_row& row : choices) {
    command.add_flag(fmt::format("--{}", name_of(row.by)),
                     given.by[static_cast<std::size_t>(row.by)], row.description);
  }
  add_elements(command, given);
  command.add_option("--dtype", given.type, "the type of means and of sums of floats")
      ->type_name("f16|bf16|f32|f64");
  command.add_option("--empty", given.empty, "what the mean of nothing is")
      ->default_str("nan")
      ->type_name("nan|zero");
  command.add_flag("--json", given.json, "print JSON, with the bits of each number");
  command.add_option("-o,--out", given.out, "write the result, too: a name that ends in .npy")
      ->type_name("FILE");
  command
      .add_option("--partial", given.partial,
                  "write what merges with other parts, too: a name that ends in .npy")
      ->type_name("FILE");
  command.add_option("--merge", given.merged, "instead of FILE: partials of all parts")
      ->type_name("FILE");
  command.add_option("--of", given.of, "with --merge: the type of the elements that were reduced")
      ->type_name("bool|u8|i8|i16|i32|i64|f16|bf16|f32|f64");
  add_device_options(command, given.on);
  command.footer(footer);
}

reduce_command reduce_of(const reduce_texts& given) {
  reduce_command out;
  for (const choice_row& row : choices) {
    if (has(given, row.by)) out.by.push_back(row.by);
  }
  require_consistency(given, out.by);
  require_npy("--out", given.out);
  require_npy("--partial", given.partial);
  out.file = given.file;
  for (const std::string& file : given.merged) out.merged.emplace_back(file);
  if (!given.of.empty()) out.of = one_of("--of", given.of, element_names);
  if (given.where) out.where.emplace("--where", *given.where);
  if (given.dims) out.how.dims = dims_of(*given.dims);
  out.how.keepdim = given.keepdim;
  out.how.empty = one_of("--empty", given.empty, empty_names);
  if (!given.type.empty()) out.how.type = one_of("--dtype", given.type, float_names);
  if (!given.first_index.empty()) {
    out.how.first_index = parse_integer("--first-index", given.first_index, 0,
                                        std::numeric_limits<std::int64_t>::max());
  }
  out.out = given.out;
  out.partial = given.partial;
  out.json = given.json;
  out.device = given.on.device;
  out.threads = threads_of(given.on);
  return out;
}

}  // namespace bitwhere::tool
