// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "registry.hpp"

#include <charconv>
#include <cstdlib>
#include <thread>

#include "../plan/failure.hpp"
#include "cpu/cpu_device.hpp"
#include "cpu/isa.hpp"
#include "cuda/cuda_device.hpp"

namespace bitwhere::device {
namespace {

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : "";
}

std::string known_devices() {
  std::string names;
  for (int i = 0; i < device_count(); ++i) names += (i == 0 ? "" : ", ") + device_name(i);
  return names;
}

[[noreturn]] void unavailable(const std::string& name, const std::string& why) {
  throw failure(BW_UNAVAILABLE,
                "device: \"" + name + "\" " + why + "; there are " + known_devices());
}

// "cuda" and "cuda:0" are the first GPU.
int cuda_index(const std::string& name) {
  if (name == "cuda") return 0;
  int index = -1;
  const char* begin = name.data() + 5;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(begin, end, index);
  if (name.compare(0, 5, "cuda:") != 0 || parsed.ec != std::errc() || parsed.ptr != end ||
      index < 0) {
    unavailable(name, "is unknown");
  }
  return index;
}

}  // namespace

int device_count() { return 1 + cuda_device_count(); }

std::string device_name(int index) {
  return index == 0 ? "cpu" : "cuda:" + std::to_string(index - 1);
}

std::string device_description(int index) {
  if (index != 0) return describe_cuda_device(index - 1);
  return std::to_string(std::thread::hardware_concurrency()) + " cores, best instruction set " +
         choose_isa("").isa;
}

std::unique_ptr<device> make_device(const request& wanted, const settings& chosen) {
  std::string name = wanted.name.empty() ? environment("BITWHERE_DEVICE") : wanted.name;
  if (name.empty()) name = "cpu";
  if (name == "cpu") {
    if (wanted.stream != nullptr) {
      throw failure(BW_INVALID_ARGUMENT, "stream: a cpu context has none");
    }
    const std::string isa = wanted.isa.empty() ? environment("BITWHERE_ISA") : wanted.isa;
    return make_cpu_device(isa, wanted.threads, chosen);
  }
  if (name.size() < 4 || name.compare(0, 4, "cuda") != 0) unavailable(name, "is unknown");
  const int index = cuda_index(name);
  if (!wanted.isa.empty()) {
    throw failure(BW_INVALID_ARGUMENT,
                  "isa: a cuda context has none, \"" + wanted.isa + "\" given");
  }
  if (index >= cuda_device_count()) unavailable(name, std::string("is not here: ") + cuda_why());
  return make_cuda_device(index, wanted.stream, chosen);
}

}  // namespace bitwhere::device
