// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "runtime.hpp"

#include <cstdlib>

namespace simt {
namespace {

std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 0);
}

}  // namespace

settings::settings()
    : seed(environment_number("BITWHERE_SIMT_SEED", 0)),
      devices(static_cast<int>(environment_number("BITWHERE_SIMT_DEVICES", 1))) {}

// Never destroyed: static objects of the program may free their memory after main.
runtime& runtime::instance() {
  static runtime& only = *[] {
    auto* const made = new runtime;
    made->streams.set_seed(made->config.seed);
    return made;
  }();
  return only;
}

cudaError_t runtime::availability() const {
  if (config.driver < runtime_version) return cudaErrorInsufficientDriver;
  return config.devices == 0 ? cudaErrorNoDevice : cudaSuccess;
}

void runtime::fail(const failure& f) {
  if (sticky != cudaSuccess) return;
  sticky = f.code;
  diagnosis = f.text;
}

void runtime::launch(const launch_request& request, int device) {
  schedule how;
  // Each launch of a run has its own schedule, the same one in the next run.
  if (config.seed != 0) how.seed = config.seed * 0x9e3779b97f4a7c15u + ++launch_number;
  how.resident_blocks = config.resident_blocks != 0 ? config.resident_blocks
                                                    : static_cast<unsigned>(config.multiprocessors);
  how.patience = config.patience;
  memory.open(device);
  launch_run run(request, how, [this](const void* at) { return memory.describe(at); });
  if (const auto failed = run.run()) {
    fail(*failed);
  } else if (const auto damage = memory.damage()) {
    fail({cudaErrorIllegalAddress, run.who() + ": " + *damage});
  }
  memory.close();
}

void runtime::release(void* data) {
  if (const auto damage = memory.release(data)) fail({cudaErrorIllegalAddress, *damage});
}

int& current_device() {
  thread_local int device = 0;
  return device;
}

cudaError_t& last_error() {
  thread_local cudaError_t error = cudaSuccess;
  return error;
}

}  // namespace simt
