// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <benchmark/benchmark.h>

#include <bitwhere/bitwhere.hpp>

#include <cstdio>
#include <string_view>

#include "harness.hpp"
#include "table.hpp"

// Takes --all_isas and every option of Google Benchmark.
int main(int argc, char** argv) {
  bool all_isas = false;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--all_isas") {
      all_isas = true;
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  argv[argc] = nullptr;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;

  const int version = bw_version();
  benchmark::AddCustomContext("bitwhere", std::to_string(version / 10000) + "." +
                                              std::to_string(version / 100 % 100) + "." +
                                              std::to_string(version % 100));
  benchmark::AddCustomContext("bits_version", std::to_string(bw_bits_version()));
  const auto all = bitwhere::bench::cases();
  bitwhere::bench::add_cpu_benchmarks(all, all_isas);
  bitwhere::bench::add_cuda_benchmarks(all);
  bitwhere::bench::table table;
  if (benchmark::RunSpecifiedBenchmarks(&table) == 0) {
    std::fprintf(stderr, "no benchmark has such a name\n");
    return 2;
  }
  return table.errors() == 0 ? 0 : 1;
}
