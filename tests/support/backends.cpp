// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "backends.hpp"

#include <algorithm>

namespace bitwhere::test {

std::string backend::name() const {
  std::string text = device;
  std::erase(text, ':');
  if (!is_cuda()) text += "_" + isa + "_threads" + std::to_string(threads);
  return text;
}

std::ostream& operator<<(std::ostream& out, const backend& b) { return out << b.name(); }

std::vector<backend> cpu_backends() {
  std::vector<backend> all;
  for (const std::string& isa : isas()) {
    for (const int threads : {1, 2, 7}) all.push_back({"cpu", isa, threads});
  }
  return all;
}

std::vector<backend> backends() {
  std::vector<backend> all = cpu_backends();
  for (const std::string& device : devices()) {
    if (device != "cpu") all.push_back({device, "", 0});
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<backend>& info) { return info.param.name(); }

parity::parity()
    : context_([this] {
        context_options options;
        options.device = GetParam().device;
        options.isa = GetParam().isa;
        options.threads = GetParam().threads;
        options.trace = [this](const bw_trace_record& record) {
          if (std::string(record.operation) == "copy") return;  // how inputs come and results go
          ++launches_;
          kernels_.emplace_back(record.kernel);
          most_workers_ = std::max(most_workers_, record.threads);
          if (record.device != GetParam().device || record.isa != GetParam().isa) {
            wrong_path_ = std::string(record.device) + " " + record.isa;
          }
        };
        return bitwhere::context(options);
      }()) {}

void parity::TearDown() {
  EXPECT_GT(launches_, 0) << "nothing ran on " << GetParam().name();
  EXPECT_EQ(wrong_path_, "") << "ran instead of " << GetParam().name();
}

std::vector<std::string> parity::kernels_since() { return std::exchange(kernels_, {}); }

}  // namespace bitwhere::test
