// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "cli.hpp"

#include "commands.hpp"
#include "failure.hpp"
#include "printable.hpp"

#include <bitwhere/error.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <exception>
#include <string>

namespace bitwhere::tool {

namespace {

int parse_and_run(int argc, const char* const* argv, const streams& to) {
  option_texts given;
  CLI::App app("bitwhere: evaluates segmentation label maps, with the same bits on every device",
               "bitwhere");
  add_commands(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e, to.out, to.err);
    throw usage_error(fmt::format("{} (--help shows the usage)", e.what()));
  }
  return run_command(app, given, to);
}

}  // namespace

int run(int argc, const char* const* argv, const streams& to) {
  try {
    const int code = parse_and_run(argc, argv, to);
    to.out.flush();
    if (to.out) return code;
    to.err << "error: standard output cannot be written\n";
  } catch (const syntax_error& e) {
    const std::string before = printable(e.text().substr(0, e.at()));
    to.err << fmt::format("error: {}\n  {}\n  {:>{}}\n", printable(e.what()), printable(e.text()),
                          '^', before.size() + 1);
    return exit_usage;
  } catch (const usage_error& e) {
    to.err << "error: " << printable(e.what()) << '\n';
    return exit_usage;
  } catch (const error& e) {
    to.err << "error: " << printable(e.what()) << '\n';
    if (e.code() == errc::unavailable) return exit_usage;
  } catch (const std::exception& e) {
    to.err << "error: " << printable(e.what()) << '\n';
  }
  return exit_internal;
}

}  // namespace bitwhere::tool
