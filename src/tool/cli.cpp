// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "cli.hpp"

#include "arguments.hpp"
#include "demo.hpp"
#include "eval.hpp"
#include "failure.hpp"
#include "info.hpp"
#include "parity/parity_cli.hpp"
#include "version.hpp"

#include <bitwhere/error.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <exception>
#include <limits>
#include <string>
#include <vector>

namespace bitwhere::tool {

namespace {

constexpr const char* exit_codes =
    "Exit codes:\n"
    "  0  everything was evaluated\n"
    "  1  evaluated, with problems: files without a partner, unreadable files, sizes that differ,\n"
    "     labels outside the classes. Each is listed, and the rest is evaluated all the same\n"
    "  2  wrong usage, an unknown device, or nothing to evaluate\n"
    "  3  an internal or unexpected error\n";

constexpr const char* eval_footer =
    "Label maps hold one class id a pixel: PNG (grey of 1 to 16 bits, or palette, whose indices\n"
    "are the labels) or .npy (integers, shape (H, W) or (1, H, W)). In folders, files pair by\n"
    "name without extension. A file of class names has one a line, the first for label 0; blank\n"
    "lines and lines that begin with # are skipped.\n\n"
    "Examples:\n"
    "  bitwhere eval --prediction out/ --target val/ --classes 21 --ignore 255\n"
    "  bitwhere eval --prediction out/ --target val/ --classes names.txt --json report.json\n"
    "  bitwhere eval --prediction a.png --target b.npy --classes 2 --ignore -1 --device cuda:0\n\n";

constexpr const char* top_footer =
    "Examples:\n"
    "  bitwhere demo\n"
    "  bitwhere eval --prediction out/ --target val/ --classes 21 --ignore 255\n"
    "  bitwhere parity --quick\n"
    "  bitwhere eval --help\n\n"
    "Environment:\n"
    "  BITWHERE_DEVICE  the device where --device is not given: cpu, cuda:0, ...\n"
    "  BITWHERE_ISA     the instruction set of the cpu device; \"bitwhere info\" lists them\n\n";

/// The texts of all options, before they are checked.
struct option_texts {
  std::string prediction;
  std::string target;
  std::string classes;
  std::vector<std::string> ignore;
  std::string device;
  std::string threads;
  std::string json;
  std::string write;
  bool info_json = false;
  parity_texts parity;
};

void add_device_options(CLI::App& command, option_texts& given) {
  command.add_option("--device", given.device, "cpu, cuda:0, ...; \"bitwhere info\" lists them")
      ->type_name("NAME");
  command.add_option("--threads", given.threads, "CPU threads at most (default: one a core)")
      ->type_name("N");
}

void add_eval_options(CLI::App& command, option_texts& given) {
  command.add_option("--prediction", given.prediction, "predicted label maps: a folder or a file")
      ->required()
      ->type_name("PATH");
  command.add_option("--target", given.target, "true label maps: a folder or a file")
      ->required()
      ->type_name("PATH");
  command
      .add_option("--classes", given.classes, "number of classes, or a text file of their names")
      ->required()
      ->type_name("N|FILE");
  command
      .add_option("--ignore", given.ignore,
                  "target labels whose pixels do not count; may be repeated")
      ->type_name("LABEL");
  add_device_options(command, given);
  command
      .add_option("--json", given.json,
                  "write a report as JSON, too; - prints it instead of the table")
      ->type_name("FILE");
  command.footer(std::string(eval_footer) + exit_codes);
}

int threads_of(const option_texts& given) {
  if (given.threads.empty()) return 0;
  return static_cast<int>(
      parse_integer("--threads", given.threads, 1, std::numeric_limits<std::int32_t>::max()));
}

eval_command eval_of(const option_texts& given) {
  eval_command out;
  out.prediction = given.prediction;
  out.target = given.target;
  out.classes = parse_classes(given.classes);
  using limits = std::numeric_limits<std::int64_t>;
  for (const std::string& text : given.ignore) {
    out.ignore.push_back(parse_integer("--ignore", text, limits::min(), limits::max()));
  }
  if (out.ignore.size() > BW_MAX_IGNORE) {
    throw usage_error(fmt::format("--ignore: more than {} labels", BW_MAX_IGNORE));
  }
  out.device = given.device;
  out.threads = threads_of(given);
  out.json = given.json;
  return out;
}

int parse_and_run(int argc, const char* const* argv, const streams& to) {
  option_texts given;
  CLI::App app("bitwhere: evaluates segmentation label maps, with the same bits on every device",
               "bitwhere");
  app.set_version_flag(
      "--version", fmt::format("bitwhere {} (bits version {})", version_text(), bw_bits_version()));
  app.require_subcommand(0, 1);
  app.footer(std::string(top_footer) + exit_codes);
  CLI::App& info =
      *app.add_subcommand("info", "Describe the library and the devices that are here");
  info.add_flag("--json", given.info_json, "as JSON");
  CLI::App& eval = *app.add_subcommand(
      "eval", "Measure predicted label maps against true ones: accuracy and IoU of each class");
  add_eval_options(eval, given);
  CLI::App& demo = *app.add_subcommand("demo", "Evaluate street scenes that the program draws");
  demo.add_option("--write", given.write, "write them as files, too, to a new or empty folder")
      ->type_name("DIR");
  add_device_options(demo, given);
  CLI::App& parity = *app.add_subcommand(
      "parity", "Prove that every device and instruction set here gives the same bits");
  add_parity_options(parity, given.parity);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e, to.out, to.err);
    throw usage_error(fmt::format("{} (--help shows the usage)", e.what()));
  }
  if (info.parsed()) return run_info(given.info_json, to);
  if (demo.parsed()) return run_demo({given.write, given.device, threads_of(given)}, to);
  if (eval.parsed()) return run_eval(eval_of(given), to);
  if (parity.parsed()) return run_parity(parity_of(given.parity), to);
  throw usage_error("give a command: eval, demo, parity or info (--help shows the usage)");
}

}  // namespace

int run(int argc, const char* const* argv, const streams& to) {
  try {
    const int code = parse_and_run(argc, argv, to);
    to.out.flush();
    if (to.out) return code;
    to.err << "error: standard output cannot be written\n";
  } catch (const usage_error& e) {
    to.err << "error: " << e.what() << '\n';
    return exit_usage;
  } catch (const error& e) {
    to.err << "error: " << e.what() << '\n';
    if (e.code() == errc::unavailable) return exit_usage;
  } catch (const std::exception& e) {
    to.err << "error: " << e.what() << '\n';
  }
  return exit_internal;
}

}  // namespace bitwhere::tool
