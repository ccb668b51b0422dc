// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "files.hpp"
#include "tool_process.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;

/// Folders of links to one map of 256 KiB.
class EvalMemory : public testing::Test {
 protected:
  EvalMemory() {
    write_text(folder_ / "map.npy", frame_npy(npy_header_text("|u1", false, "(512, 512)"),
                                              std::string(std::size_t{512} * 512, '\1')));
    // Freed memory that the address sanitizer holds back, and what it puts around and writes down
    // of each allocation, is not the tool's.
    setenv("ASAN_OPTIONS",
           (before_ + ":quarantine_size_mb=1:max_redzone=16:malloc_context_size=1").c_str(), 1);
  }
  ~EvalMemory() override { setenv("ASAN_OPTIONS", before_.c_str(), 1); }
  EvalMemory(const EvalMemory&) = delete;
  EvalMemory& operator=(const EvalMemory&) = delete;

  long peak_kb(int images) {
    const fs::path maps = folder_ / std::to_string(images);
    fs::create_directories(maps);
    for (int i = 0; i < images; ++i) {
      fs::create_symlink(folder_ / "map.npy", maps / ("image" + std::to_string(i) + ".npy"));
    }
    tool_process run({"eval", "--prediction", maps.string(), "--target", maps.string(), "--classes",
                      "3", "--device", "cpu", "--threads", "2", "--format", "json"},
                     folder_ / "out", folder_ / "err");
    const process_end end = run.wait();
    EXPECT_EQ(end.code, 0) << read_text(folder_ / "err");
    const auto report = nlohmann::json::parse(read_text(folder_ / "out"));
    EXPECT_EQ(report["totals"]["images"], images);
    return end.peak_kb;
  }

  static std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }

  scratch_folder folder_;
  const std::string before_ = environment("ASAN_OPTIONS");
};

TEST_F(EvalMemory, DoesNotGrowWithTheImages) {
  const long few = peak_kb(20);
  const long many = peak_kb(2000);
  RecordProperty("peak_kb_20", std::to_string(few));
  RecordProperty("peak_kb_2000", std::to_string(many));
  // Kept, the maps would be 1 GiB; the numbers of each, in the JSON too, are a few KiB.
  EXPECT_LT(many - few, 16 * 1024) << few << " KiB, then " << many << " KiB";
}

}  // namespace
}  // namespace bitwhere::tool_test
