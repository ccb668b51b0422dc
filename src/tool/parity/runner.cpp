// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "runner.hpp"

#include "stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace bitwhere::tool {

namespace {

class device_runner final : public runner {
 public:
  explicit device_runner(const backend& on)
      : backend_(on), proof_(on.device, on.isa), context_([this] {
          context_options options;
          options.device = backend_.device;
          options.isa = backend_.isa;
          options.threads = backend_.threads;
          options.trace = [this](const bw_trace_record& record) { proof_.hear(record); };
          return context(options);
        }()) {}

  [[nodiscard]] const backend& describes() const override { return backend_; }

  observation run(const row& which, const experiment& what) override {
    observation out;
    proof_.begin_row(which.operation());
    try {
      stage on(context_, proof_);
      what(on);
      out.outputs = std::move(on).take();
    } catch (const std::exception& e) {
      out.fault = e.what();
    }
    proof_.report(out);
    return out;
  }

 private:
  backend backend_;
  path_proof proof_;
  context context_;
};

}  // namespace

std::string backend::name() const {
  return device == "cpu" ? fmt::format("{} {} x{}", device, isa, threads) : device;
}

std::vector<backend> choose_backends(const backend_choice& choice) {
  std::vector<std::string> isa_names = choice.isas;
  if (isa_names.empty()) {
    isa_names = isas();
    std::reverse(isa_names.begin(), isa_names.end());
  }
  const std::vector<int> threads =
      choice.threads.empty() ? std::vector<int>{1, 2, 7} : choice.threads;
  std::vector<backend> out;
  for (const std::string& device : choice.devices.empty() ? devices() : choice.devices) {
    if (device != "cpu") {
      out.push_back({device});
      continue;
    }
    for (const std::string& isa : isa_names) {
      for (const int count : threads) out.push_back({device, isa, count});
    }
  }
  return out;
}

std::unique_ptr<runner> make_runner(const backend& on) {
  return std::make_unique<device_runner>(on);
}

}  // namespace bitwhere::tool
