// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <memory>
#include <string>

#include "../device.hpp"

// CUDA as the rest of the library sees it. no_cuda.cpp stands in where it is not built.
namespace bitwhere::device {

bw_cuda_state cuda_state();
const char* cuda_why();  // the state in words

int cuda_device_count();
std::string describe_cuda_device(int index);

// `stream` nullptr: the device makes one of its own.
std::unique_ptr<device> make_cuda_device(int index, void* stream, const settings& chosen);

}  // namespace bitwhere::device
