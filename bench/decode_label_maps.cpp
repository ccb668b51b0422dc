// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "src/tool/label_file.hpp"

// decode_label_maps THREADS FILE...: reads label maps as the tool does, and nothing else, so that
// eval_peers.py can tell what of an evaluation is decoding.
int main(int argc, char** argv) {
  const int threads = argc > 2 ? std::atoi(argv[1]) : 0;
  if (threads < 1) {
    std::fprintf(stderr, "usage: decode_label_maps THREADS FILE...\n");
    return 2;
  }
  const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism,
                                          static_cast<std::size_t>(threads));
  try {
    // One file after another, whoever is free takes the next.
    oneapi::tbb::parallel_for(
        oneapi::tbb::blocked_range<int>(2, argc, 1),
        [&](const auto& files) {
          for (int i = files.begin(); i != files.end(); ++i) {
            static_cast<void>(bitwhere::tool::read_label_map(argv[i]));
          }
        },
        oneapi::tbb::simple_partitioner());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
