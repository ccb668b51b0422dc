// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <signal.h>

namespace bitwhere::tool {

/// As long as it lives, the first SIGINT or SIGTERM is only noted, and the next one ends the
/// process as if nobody had looked. Signals that the process was started to ignore stay ignored.
/// One at a time.
class interruption {
 public:
  interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;
  ~interruption();

  /// Whether there was one; any thread.
  [[nodiscard]] static bool requested();

 private:
  struct sigaction interrupt_ = {};  // what was there before
  struct sigaction terminate_ = {};
};

}  // namespace bitwhere::tool
