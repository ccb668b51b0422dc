// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "src/tool/atomic_file.hpp"

#include "files.hpp"
#include "src/tool/failure.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace bitwhere::tool_test {

namespace {

namespace fs = std::filesystem;
using tool::write_file_atomically;

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), {});
}

std::string failure_of(const fs::path& file, const std::string& text) {
  try {
    write_file_atomically(file, text);
  } catch (const tool::file_error& e) {
    return e.what();
  }
  return "";
}

/// No file of this process may grow beyond `bytes`: write fails in the middle.
class short_files {
 public:
  explicit short_files(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  short_files(const short_files&) = delete;
  short_files& operator=(const short_files&) = delete;
  ~short_files() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  void (*signal_)(int);
  rlimit before_ = {};
};

/// A file system of 64 KiB in a folder, where this process may mount one.
class small_disk {
 public:
  explicit small_disk(fs::path folder) : folder_(std::move(folder)) {
    fs::create_directories(folder_);
    mounted_ = mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=64k") == 0;
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    if (mounted_) umount(folder_.c_str());
  }
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  fs::path folder_;
  bool mounted_ = false;
};

TEST(AtomicFile, WritesAndReplaces) {
  const scratch_folder folder;
  write_file_atomically(folder / "new", "first");
  EXPECT_EQ(read_text(folder / "new"), "first");
  write_file_atomically(folder / "new", "");
  EXPECT_EQ(read_text(folder / "new"), "");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, TakesTheLongestNames) {
  const scratch_folder folder;
  const std::string name(255, 'n');
  write_file_atomically(folder / name, "text");
  EXPECT_EQ(read_text(folder / name), "text");
}

TEST(AtomicFile, ReplacesALinkAndLeavesWhatItPointsTo) {
  const scratch_folder folder;
  write_text(folder / "below" / "file", "old");
  fs::create_symlink(folder / "below" / "file", folder / "link");
  write_file_atomically(folder / "link", "new");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder / "link")));
  EXPECT_EQ(read_text(folder / "link"), "new");
  EXPECT_EQ(read_text(folder / "below" / "file"), "old");
  fs::create_symlink(folder / "nowhere", folder / "dangling");
  write_file_atomically(folder / "dangling", "new");
  EXPECT_EQ(read_text(folder / "dangling"), "new");
  EXPECT_FALSE(fs::exists(folder / "nowhere"));
}

TEST(AtomicFile, WritesThroughLinksToWhatIsNoFile) {
  const scratch_folder folder;
  fs::create_symlink("/dev/null", folder / "null");
  fs::create_symlink("/dev/full", folder / "full");
  write_file_atomically(folder / "null", "text");
  EXPECT_TRUE(fs::is_symlink(folder / "null"));
  EXPECT_EQ(failure_of(folder / "full", "text"), "cannot be written: No space left on device");
}

TEST(AtomicFile, LeavesTheLinksOfOpenFiles) {
  const scratch_folder folder;
  const int fd = ::open((folder / "open").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  write_file_atomically("/dev/fd/" + std::to_string(fd), "text");
  ::close(fd);
  EXPECT_EQ(read_text(folder / "open"), "text");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, KeepsPermissions) {
  const scratch_folder folder;
  for (const auto mode : {fs::perms(0600), fs::perms(0664), fs::perms(0755)}) {
    write_text(folder / "file", "old");
    fs::permissions(folder / "file", mode);
    write_file_atomically(folder / "file", "new");
    EXPECT_EQ(fs::status(folder / "file").permissions(), mode);
  }
}

TEST(AtomicFile, NamesInTheWorkingFolderNeedNoFolder) {
  const scratch_folder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  write_file_atomically("plain", "text");
  fs::current_path(before);
  EXPECT_EQ(read_text(folder / "plain"), "text");
}

TEST(AtomicFile, LeavesNothingWhereAFileCannotBe) {
  const scratch_folder folder;
  EXPECT_EQ(failure_of(folder / "no" / "file", "text"),
            "cannot be written: No such file or directory");
  fs::create_directories(folder / "taken");
  EXPECT_NE(failure_of(folder / "taken", "text"), "");
  EXPECT_EQ(failure_of("/dev/full", "text"), "cannot be written: No space left on device");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, KeepsTheOldFileWhereAWriteFailsHalfWay) {
  const scratch_folder folder;
  write_text(folder / "old", "old");
  const std::string much(100000, 'x');
  std::string of_new;
  std::string of_old;
  {
    const short_files limit(4096);
    of_new = failure_of(folder / "new", much);
    of_old = failure_of(folder / "old", much);
  }
  EXPECT_EQ(of_new, "cannot be written: File too large");
  EXPECT_EQ(of_old, of_new);
  EXPECT_FALSE(fs::exists(folder / "new"));
  EXPECT_EQ(read_text(folder / "old"), "old");
  EXPECT_EQ(files_in(folder.path()), 1) << "what was written half is gone";
}

TEST(AtomicFile, KeepsTheOldFileWhereTheDiskIsFull) {
  const scratch_folder folder;
  const small_disk disk(folder / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "may not mount a tmpfs: " << std::strerror(errno);
  write_text(folder / "disk" / "old", "old");
  const std::string much(100000, 'x');
  const std::string full = "cannot be written: No space left on device";
  EXPECT_EQ(failure_of(folder / "disk" / "new", much), full);
  EXPECT_EQ(failure_of(folder / "disk" / "old", much), full);
  EXPECT_EQ(read_text(folder / "disk" / "old"), "old");
  EXPECT_EQ(files_in(folder / "disk"), 1);
  write_file_atomically(folder / "disk" / "new", "fits again");
  EXPECT_EQ(read_text(folder / "disk" / "new"), "fits again");
}

TEST(AtomicFile, WritersDoNotMeet) {
  const scratch_folder folder;
  const std::string each[] = {std::string(50000, 'a'), std::string(50000, 'b')};
  const auto write = [&](const std::string& text) {
    for (int i = 0; i < 20; ++i) write_file_atomically(folder / "shared", text);
  };
  std::thread other(write, each[0]);
  write(each[1]);
  other.join();
  const std::string found = read_text(folder / "shared");
  EXPECT_TRUE(found == each[0] || found == each[1]);
  EXPECT_EQ(files_in(folder.path()), 1);
}

}  // namespace
}  // namespace bitwhere::tool_test
