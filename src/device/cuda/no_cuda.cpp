// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../../plan/failure.hpp"
#include "cuda_device.hpp"

namespace bitwhere::device {

bw_cuda_state cuda_state() { return BW_CUDA_NOT_BUILT; }
const char* cuda_why() { return "this library was built without CUDA"; }
int cuda_device_count() { return 0; }
std::string describe_cuda_device(int) { return ""; }

std::unique_ptr<device> make_cuda_device(int, void*, const settings&) {
  throw failure(BW_UNAVAILABLE, cuda_why());
}

}  // namespace bitwhere::device
