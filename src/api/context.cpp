// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../device/registry.hpp"
#include "../plan/struct_check.hpp"
#include "call.hpp"

using namespace bitwhere;

namespace bitwhere::api {

std::string& thread_message() {
  thread_local std::string text;
  return text;
}

namespace {

std::string text_or_empty(const char* text) { return text != nullptr ? text : ""; }

device::settings checked_settings(const bw_context_options& options) {
  device::settings chosen;
  chosen.trace = options.trace;
  chosen.trace_user = options.trace_user;
  if (options.allocator == nullptr) return chosen;
  chosen.allocator = *options.allocator;
  if (chosen.allocator.allocate == nullptr || chosen.allocator.deallocate == nullptr) {
    throw failure(BW_INVALID_ARGUMENT, "allocator: needs both allocate and deallocate");
  }
  return chosen;
}

}  // namespace
}  // namespace bitwhere::api

bw_status bw_context_create(const bw_context_options* options, bw_context** context) {
  return api::call(nullptr, [&] {
    if (context == nullptr) throw failure(BW_INVALID_ARGUMENT, "context: is NULL");
    *context = nullptr;
    bw_context_options chosen = {};
    if (options != nullptr) {
      plan::check_struct(options, "options");
      chosen = *options;
    }
    if (chosen.threads < 0) {
      throw failure(BW_INVALID_ARGUMENT,
                    "threads: " + std::to_string(chosen.threads) + " is negative");
    }
    const device::request wanted = {api::text_or_empty(chosen.device),
                                    api::text_or_empty(chosen.isa), chosen.threads, chosen.stream};
    auto made = std::make_unique<bw_context>();
    made->device = device::make_device(wanted, api::checked_settings(chosen));
    *context = made.release();
  });
}

void bw_context_destroy(bw_context* context) {
  if (context == nullptr) return;
  api::call(context, [&] { context->device->synchronize(); });
  delete context;
}

const char* bw_message(const bw_context* context) {
  return (context != nullptr ? context->message : api::thread_message()).c_str();
}

const char* bw_context_device(const bw_context* context) {
  return context != nullptr ? context->device->name().c_str() : "";
}

const char* bw_context_isa(const bw_context* context) {
  return context != nullptr ? context->device->isa() : "";
}

int32_t bw_context_threads(const bw_context* context) {
  return context != nullptr ? context->device->threads() : 0;
}

void* bw_context_stream(const bw_context* context) {
  return context != nullptr ? context->device->stream() : nullptr;
}

bw_device bw_context_memory(const bw_context* context) {
  return context != nullptr ? context->device->placement().memory : bw_device{0, 0};
}

bw_status bw_synchronize(bw_context* context) {
  return api::call_with(context, [](device::device& on) { on.synchronize(); });
}
