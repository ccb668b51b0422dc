// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "nonzero_cli.hpp"

#include "choice.hpp"
#include "file_extension.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace bitwhere::tool {

namespace {

constexpr const char* footer =
    "FILE is a .npy of bool, u8, i8 to i64, f16, f32, f64, c64 or c128, little-endian and in C or\n"
    "Fortran order, or a PNG: grey or palette, (H, W), or RGB or RGBA of 8 bits, (H, W, 3) or\n"
    "(H, W, 4).\n\n"
    "The expression compares x, each element, with numbers: < <= > >= == !=, with x on either\n"
    "side; isnan(x), isinf(x), isfinite(x), and x alone, which means x != 0. They are joined by\n"
    "! && || (or not, and, or) and parentheses, up to 8 of them. Numbers are decimal or\n"
    "hexadecimal (0xFF), inf, nan, true or false. Integers compare exactly; floats compare in\n"
    "their own type, to which the number is rounded first. Comparisons do not chain: write\n"
    "0 < x && x < 1.\n\n"
    "Printed is one line, \"HITS of ELEMENTS\". With --out, the hits are written as an array, "
    "too:\n"
    "their indices in row-major order, whatever the order of the file, or their values. As text, "
    "a\n"
    "row of that array is a line of numbers with blanks between.\n\n"
    "Examples:\n"
    "  bitwhere nonzero labels.png\n"
    "  bitwhere nonzero depth.npy --where 'x > 0.5 && isfinite(x)' -o found.npy\n"
    "  bitwhere nonzero labels.png --where 'x == 7' --text\n"
    "  bitwhere nonzero scores.npy --where 'x >= 0.99' --values -o best.npy\n\n"
    "Exit codes:\n"
    "  0  done, also where nothing was found\n"
    "  1  FILE cannot be read, or its content is of no kind that is known here\n"
    "  2  wrong usage, an expression that makes no sense, an unknown device, no such file\n"
    "  3  an internal or unexpected error, or an output that cannot be written\n";

constexpr std::array<std::pair<std::string_view, index_form>, 3> form_names = {
    {{"rows", index_form::rows}, {"columns", index_form::columns}, {"flat", index_form::flat}}};

constexpr std::array<std::pair<std::string_view, dtype>, 2> index_names = {
    {{"i64", i64}, {"i32", i32}}};

}  // namespace

void add_nonzero_options(CLI::App& command, nonzero_texts& given) {
  command.add_option("file", given.file, "the array: .npy or .png")->required()->type_name("FILE");
  // No option of an optional, which would take an empty text for none.
  command
      .add_option_function<std::string>(
          "--where", [&given](const std::string& text) { given.where = text; },
          "which elements of x (default: those that are not 0)")
      ->type_name("EXPR");
  command
      .add_option("-o,--out", given.out,
                  "write the hits, too: a name that ends in .npy, or in .txt for text")
      ->type_name("FILE");
  auto* const form =
      command
          .add_option("--form", given.form,
                      "of the indices: rows (n, rank), columns (rank, n) or flat (n)")
          ->default_str("rows")
          ->type_name("rows|columns|flat");
  auto* const index = command.add_option("--index", given.index, "the type of the indices")
                          ->default_str("i64")
                          ->type_name("i64|i32");
  command.add_flag("--values", given.values, "the values of the hits instead of their indices")
      ->excludes(form)
      ->excludes(index);
  command.add_flag("--text", given.text, "print the hits instead of their number");
  add_device_options(command, given.on);
  command.footer(footer);
}

nonzero_command nonzero_of(const nonzero_texts& given) {
  nonzero_command out;
  out.file = given.file;
  if (given.where) out.where.emplace("--where", *given.where);
  out.out = given.out;
  const std::string extension = lower_extension(out.out);
  if (!given.out.empty() && extension != ".npy" && extension != ".txt") {
    throw usage_error(fmt::format("--out {}: the name must end in .npy or .txt", given.out));
  }
  out.text = given.text;
  out.values = given.values;
  out.how.form = one_of("--form", given.form, form_names);
  out.how.index = one_of("--index", given.index, index_names);
  out.device = given.on.device;
  out.threads = threads_of(given.on);
  return out;
}

}  // namespace bitwhere::tool
