// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "parity_cli.hpp"

#include "../arguments.hpp"
#include "../failure.hpp"

#include <CLI/CLI.hpp>

#include <limits>

namespace bitwhere::tool {

namespace {

constexpr const char* footer =
    "Each row runs on the cpu with every instruction set that is here and 1, 2 and 7 threads, and\n"
    "on every CUDA device. All bytes of all results must be equal, and the trace must show that\n"
    "the operation ran on the device and instruction set that was asked for. BITWHERE_DEVICE and\n"
    "BITWHERE_ISA do not restrict it.\n\n"
    "Inputs are integers of SplitMix64, whose seed is the 64-bit FNV-1a hash of \"ROW#INPUT\", "
    "made\n"
    "into NaN with payloads, infinities, zeros, denormals and extremes; rows depend on nothing "
    "but\n"
    "their name. A digest is the 128-bit FNV-1a hash of, for each result, a line \"NAME DTYPE\n"
    "SHAPE\" and its elements, row-major and little-endian.\n\n"
    "Examples:\n"
    "  bitwhere parity --quick\n"
    "  bitwhere parity --golden tests/parity/golden.txt --json parity.json\n"
    "  bitwhere parity --full --filter 'where/f16/*' --device cpu --isa avx2\n"
    "  bitwhere parity --exhaustive --threads 2 --golden tests/parity/exhaustive.txt\n\n"
    "Exit codes:\n"
    "  0  every backend gave the same bits, and those of the golden file\n"
    "  1  backends differ, a row failed or did not run where it should have, or the golden file\n"
    "     says otherwise. Each is listed\n"
    "  2  wrong usage, an unknown or unavailable device, a golden file that cannot be read\n"
    "  3  an internal or unexpected error\n";

}  // namespace

void add_parity_options(CLI::App& command, parity_texts& given) {
  auto* const quick = command.add_flag("--quick", given.quick,
                                       "every operation, dtype and layout on small tensors");
  auto* const full = command.add_flag("--full", given.full, "larger tensors and every combination")
                         ->excludes(quick);
  command
      .add_flag("--exhaustive", given.exhaustive,
                "instead, all 2^32 inputs of every function of f32: minutes to hours")
      ->excludes(quick)
      ->excludes(full);
  command.add_option("--filter", given.filter, "rows whose names match, or contain it")
      ->type_name("GLOB|TEXT");
  command.add_flag("--list", given.list, "print the names of the rows, and run nothing");
  command.add_option("--device", given.devices, "only these: cpu, cuda:0, ...; may be repeated")
      ->type_name("NAME");
  command.add_option("--isa", given.isas, "of the cpu only these; may be repeated")
      ->type_name("NAME");
  command.add_option("--threads", given.threads, "of the cpu only these numbers; may be repeated")
      ->type_name("N");
  command.add_option("--golden", given.golden, "compare with the digests of this file, too")
      ->type_name("FILE");
  command.add_option("--write-golden", given.write_golden, "write the digests to this file")
      ->type_name("FILE");
  command
      .add_option("--json", given.json,
                  "write a report as JSON, too; - prints it instead of the table")
      ->type_name("FILE");
  command.footer(footer);
}

parity_command parity_of(const parity_texts& given) {
  parity_command out;
  out.rows = given.quick        ? subset::quick
             : given.full       ? subset::full
             : given.exhaustive ? subset::exhaustive
                                : subset::standard;
  out.filter = given.filter;
  out.list = given.list;
  out.on.devices = given.devices;
  out.on.isas = given.isas;
  for (const std::string& text : given.threads) {
    out.on.threads.push_back(static_cast<int>(
        parse_integer("--threads", text, 1, std::numeric_limits<std::int32_t>::max())));
  }
  out.golden = given.golden;
  out.write_golden = given.write_golden;
  out.json = given.json;
  return out;
}

}  // namespace bitwhere::tool
