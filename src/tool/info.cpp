// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "info.hpp"

#include "failure.hpp"
#include "json_lines.hpp"
#include "version.hpp"

#include <fmt/format.h>
#include <bitwhere/context.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitwhere::tool {

namespace {

struct named_state {
  const char* name;
  const char* text;
};

named_state cuda_state() {
  switch (bw_cuda()) {
    case BW_CUDA_READY:
      return {"ready", "ready"};
    case BW_CUDA_NOT_BUILT:
      return {"not_built", "this library was built without CUDA"};
    case BW_CUDA_NO_DRIVER:
      return {"no_driver", "no NVIDIA driver is installed"};
    case BW_CUDA_DRIVER_TOO_OLD:
      return {"driver_too_old", "the NVIDIA driver is older than the CUDA of this library"};
    case BW_CUDA_FAILED:
      return {"failed", "the NVIDIA driver reports an error"};
    case BW_CUDA_NO_DEVICE:
      return {"no_device", "the NVIDIA driver lists no GPU"};
  }
  return {"unknown", "in an unknown state"};
}

struct device_row {
  std::string name;
  std::string description;
  bool is_default;
};

struct isa_row {
  std::string name;
  bool available;
  bool is_default;
};

/// What a command without options would use, also where the environment chooses.
struct defaults {
  context chosen = {};
  context cpu = chosen.is_cpu() ? chosen : context("cpu");
};

std::vector<device_row> device_rows(const defaults& use) {
  std::vector<device_row> rows;
  for (std::int32_t i = 0; i < bw_device_count(); ++i) {
    bw_device_info info = {};
    info.struct_bytes = sizeof(info);
    detail::check(bw_device_describe(i, &info), nullptr);
    rows.push_back({info.name, info.description, info.name == use.chosen.device()});
  }
  return rows;
}

std::vector<isa_row> isa_rows(const defaults& use) {
  std::vector<isa_row> rows;
  for (std::int32_t i = 0; i < bw_isa_count(); ++i) {
    bw_isa_info info = {};
    info.struct_bytes = sizeof(info);
    detail::check(bw_isa_describe(i, &info), nullptr);
    rows.push_back({info.name, info.available != 0, info.name == use.cpu.isa()});
  }
  return rows;
}

std::string info_json(const defaults& use) {
  nlohmann::ordered_json out;
  out["bitwhere"] = version_text();
  out["bits_version"] = bw_bits_version();
  out["threads"] = use.cpu.threads();
  out["cuda"] = cuda_state().name;
  for (const device_row& row : device_rows(use)) {
    out["devices"].push_back(
        {{"name", row.name}, {"description", row.description}, {"default", row.is_default}});
  }
  for (const isa_row& row : isa_rows(use)) {
    out["isas"].push_back(
        {{"name", row.name}, {"available", row.available}, {"default", row.is_default}});
  }
  return json_lines(out);
}

std::string info_text(const defaults& use) {
  std::string out =
      fmt::format("bitwhere {}, bits version {}\n\ndevices\n", version_text(), bw_bits_version());
  for (const device_row& row : device_rows(use)) {
    out += fmt::format("  {:<8}  {}{}\n", row.name, row.description,
                       row.is_default ? " (default)" : "");
  }
  if (!cuda_available()) out += fmt::format("  {:<8}  not here: {}\n", "cuda", cuda_state().text);
  out += "\ninstruction sets of the cpu device\n";
  for (const isa_row& row : isa_rows(use)) {
    out += fmt::format("  {:<8}  {}{}\n", row.name,
                       row.available ? "available" : "built in, but this CPU lacks it",
                       row.is_default ? " (default)" : "");
  }
  return out + fmt::format("\nthreads     {}\n", use.cpu.threads());
}

}  // namespace

int run_info(bool as_json, const streams& to) {
  const defaults use;
  to.out << (as_json ? info_json(use) : info_text(use));
  return exit_ok;
}

}  // namespace bitwhere::tool
