// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "commands.hpp"

#include "command_model.hpp"
#include "completion.hpp"
#include "demo.hpp"
#include "exit_code_text.hpp"
#include "failure.hpp"
#include "info.hpp"
#include "man_page.hpp"
#include "version.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace bitwhere::tool {

namespace {

constexpr const char* footer =
    "Examples:\n"
    "  bitwhere demo\n"
    "  bitwhere eval --prediction out/ --target val/ --classes 21 --ignore 255\n"
    "  bitwhere nonzero depth.npy --where 'x > 0.5'\n"
    "  bitwhere reduce depth.npy --mean --where 'isfinite(x)'\n"
    "  bitwhere parity --quick\n"
    "  bitwhere eval --help\n\n"
    "Environment:\n"
    "  BITWHERE_DEVICE  the device where --device is not given: cpu, cuda:0, ...\n"
    "  BITWHERE_ISA     the instruction set of the cpu device; \"bitwhere info\" lists them\n\n";

void add_info(CLI::App& command, option_texts& given) {
  command.add_flag("--json", given.info_json, "as JSON");
}

void add_eval(CLI::App& command, option_texts& given) { add_eval_options(command, given.eval); }

void add_colorize(CLI::App& command, option_texts& given) {
  add_colorize_options(command, given.colorize);
}

void add_nonzero(CLI::App& command, option_texts& given) {
  add_nonzero_options(command, given.nonzero);
}

void add_reduce(CLI::App& command, option_texts& given) {
  add_reduce_options(command, given.reduce);
}

void add_demo(CLI::App& command, option_texts& given) {
  command.add_option("--write", given.write, "write them as files, too, to a new or empty folder")
      ->type_name("DIR");
  add_device_options(command, given.demo_on);
}

void add_parity(CLI::App& command, option_texts& given) {
  add_parity_options(command, given.parity);
}

void add_completion(CLI::App& command, option_texts& given) {
  command.add_option("shell", given.shell, "whose script")->required()->type_name("bash|zsh|fish");
  command.footer(
      "Examples:\n"
      "  source <(bitwhere completion bash)\n"
      "  bitwhere completion fish > ~/.config/fish/completions/bitwhere.fish\n");
}

struct subcommand {
  const char* name;
  const char* description;
  void (*add)(CLI::App& command, option_texts& given);
  int (*run)(const CLI::App& app, const option_texts& given, const streams& to);
};

constexpr subcommand subcommands[] = {
    {"info", "Describe the library and the devices that are here", add_info,
     [](const CLI::App&, const option_texts& given, const streams& to) {
       return run_info(given.info_json, to);
     }},
    {"eval", "Measure predicted label maps against true ones: accuracy and IoU of each class",
     add_eval,
     [](const CLI::App&, const option_texts& given, const streams& to) {
       return run_eval(eval_of(given.eval), to);
     }},
    {"colorize", "Draw label maps in colours, alone or over photographs", add_colorize,
     [](const CLI::App&, const option_texts& given, const streams& to) {
       return run_colorize(colorize_of(given.colorize), to);
     }},
    {"nonzero", "Count or list the elements of an array for which an expression holds", add_nonzero,
     [](const CLI::App&, const option_texts& given, const streams& to) {
       return run_nonzero(nonzero_of(given.nonzero), to);
     }},
    {"reduce", "Sum, average or count the elements of an array, exactly, or find its extremes",
     add_reduce,
     [](const CLI::App&, const option_texts& given, const streams& to) {
       return run_reduce(reduce_of(given.reduce), to);
     }},
    {"demo", "Evaluate street scenes that the program draws", add_demo,
     [](const CLI::App&, const option_texts& given, const streams& to) {
       return run_demo({given.write, given.demo_on.device, threads_of(given.demo_on)}, to);
     }},
    {"parity", "Prove that every device and instruction set here gives the same bits", add_parity,
     [](const CLI::App&, const option_texts& given, const streams& to) {
       return run_parity(parity_of(given.parity), to);
     }},
    {"man", "Print the manual page, for man -l -", [](CLI::App&, option_texts&) {},
     [](const CLI::App& app, const option_texts&, const streams& to) {
       to.out << man_page(describe(app), version_text());
       return static_cast<int>(exit_ok);
     }},
    {"completion", "Print a script that completes command lines", add_completion,
     [](const CLI::App& app, const option_texts& given, const streams& to) {
       to.out << completion_of(given.shell, describe(app));
       return static_cast<int>(exit_ok);
     }},
};

}  // namespace

void add_commands(CLI::App& app, option_texts& given) {
  app.set_version_flag(
      "--version", fmt::format("bitwhere {} (bits version {})", version_text(), bw_bits_version()));
  app.require_subcommand(0, 1);
  for (const subcommand& one : subcommands) {
    one.add(*app.add_subcommand(one.name, one.description), given);
  }
  app.footer(std::string(footer) + exit_codes);  // last: subcommands without one would inherit it
}

int run_command(const CLI::App& app, const option_texts& given, const streams& to) {
  for (const subcommand& one : subcommands) {
    if (app.got_subcommand(one.name)) return one.run(app, given, to);
  }
  throw usage_error(
      "give a command: eval, colorize, nonzero, reduce, demo, parity or info (--help shows the "
      "usage)");
}

}  // namespace bitwhere::tool
