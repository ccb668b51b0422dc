// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <memory>
#include <string>

#include "device.hpp"

namespace bitwhere::device {

// The devices that contexts can be made for, cpu first.
int device_count();
std::string device_name(int index);
std::string device_description(int index);

struct request {
  std::string name;  // "cpu", "cuda:0"; empty: $BITWHERE_DEVICE, else "cpu"
  std::string isa;   // empty: $BITWHERE_ISA where the device is the cpu, else the best here
  int threads = 0;
  void* stream = nullptr;
};

// Throws BW_UNAVAILABLE where a name is unknown or not here, whoever gave it.
std::unique_ptr<device> make_device(const request& wanted, const settings& chosen);

}  // namespace bitwhere::device
