// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

/// How a process ended.
struct process_end {
  int code = -1;     ///< what it returned
  int signal = 0;    ///< or what ended it
  long peak_kb = 0;  ///< the most memory that it had at a time
};

/// The tool as a process of its own. Its output goes to files. It lies beside this test.
class tool_process {
 public:
  tool_process(const std::vector<std::string>& arguments, const std::filesystem::path& out,
               const std::filesystem::path& err);
  tool_process(const tool_process&) = delete;
  tool_process& operator=(const tool_process&) = delete;
  ~tool_process();

  /// Waits until it catches a signal; false where it ended before.
  [[nodiscard]] bool wait_until_it_catches(int signal) const;
  void send(int signal) const;
  process_end wait();

 private:
  pid_t pid_ = -1;
};

}  // namespace bitwhere::tool_test
