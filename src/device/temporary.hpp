// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../plan/failure.hpp"
#include "device.hpp"

namespace bitwhere::device {

// Memory of a device for the duration of a call.
class temporary {
 public:
  temporary(device& on, size_t bytes) : on_(on), bytes_(bytes), pointer_(on.lend(bytes)) {}
  ~temporary() {
    try {
      on_.take_back(pointer_, bytes_);
    } catch (const failure&) {
      // The device has failed before: the call that is being left says so.
    }
  }
  temporary(const temporary&) = delete;
  temporary& operator=(const temporary&) = delete;
  unsigned char* bytes() const { return static_cast<unsigned char*>(pointer_); }

 private:
  device& on_;
  size_t bytes_;
  void* pointer_;
};

}  // namespace bitwhere::device
