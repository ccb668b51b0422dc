// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "atomic_file.hpp"

#include "failure.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

namespace bitwhere::tool {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(int code) {
  throw file_error(fmt::format("cannot be written: {}", std::generic_category().message(code)));
}

/// A file that is open for writing.
class descriptor {
 public:
  explicit descriptor(int opened) : fd_(opened) {
    if (fd_ < 0) fail(errno);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  void write(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      // Linux takes no more than this in one call.
      constexpr std::size_t most = std::size_t{1} << 30;
      const ssize_t taken = ::write(fd_, bytes.data(), std::min(bytes.size(), most));
      if (taken < 0 && errno == EINTR) continue;
      if (taken <= 0) fail(taken == 0 ? ENOSPC : errno);
      bytes = bytes.subspan(static_cast<std::size_t>(taken));
    }
  }

  void permit(fs::perms given) const {
    const auto mode = static_cast<mode_t>(given & fs::perms::all);
    // Where a file system refuses, it has no permissions that could be handed on.
    [[maybe_unused]] const int refused = ::fchmod(fd_, mode);
  }

  void sync() const {
    // EINVAL: there is nothing behind it that could be brought to a disk.
    if (::fsync(fd_) != 0 && errno != EINVAL) fail(errno);
  }

  void close() {
    const int fd = fd_;
    fd_ = -1;
    // Some file systems report only here that a disk is full.
    if (::close(fd) != 0 && errno != EINTR) fail(errno);
  }

 private:
  int fd_;
};

/// A new hidden file that is removed at the end unless it gets its final name.
class unfinished_file {
 public:
  explicit unfinished_file(const fs::path& folder) : to_(open(folder)) {}
  unfinished_file(const unfinished_file&) = delete;
  unfinished_file& operator=(const unfinished_file&) = delete;
  ~unfinished_file() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  void write(std::span<const std::byte> bytes) const { to_.write(bytes); }

  void permit(fs::perms given) const { to_.permit(given); }

  void finish(const fs::path& final_name) {
    // Before the rename, or a crash could leave the final name with no content.
    to_.sync();
    to_.close();
    if (::rename(name_.c_str(), final_name.c_str()) != 0) fail(errno);
    name_.clear();
  }

 private:
  [[nodiscard]] int open(const fs::path& folder) {
    static std::atomic<unsigned> last = 0;
    int fd = -1;
    do {
      // Short, as the final name may be as long as a name can be; hidden, and no label file.
      name_ = folder / fmt::format(".bitwhere-{}-{}.unfinished", ::getpid(), ++last);
      fd = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (fd < 0 && errno == EEXIST);
    return fd;
  }

  fs::path name_;
  descriptor to_;
};

/// Whether it is a link such as /dev/stdout or /dev/fd/3, which stands for what a process has open
/// and must not be replaced.
bool is_link_of_system(const fs::path& file) {
  std::error_code failed;
  if (!fs::is_symlink(file, failed)) return false;
  const fs::path folder = fs::canonical(file.has_parent_path() ? file.parent_path() : ".", failed);
  return folder == "/dev" || folder.string().starts_with("/proc/");
}

}  // namespace

void write_file_atomically(const fs::path& file, std::span<const std::byte> bytes) {
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    descriptor to(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    to.write(bytes);
    return to.close();
  }
  fs::path final_name = file;
  if (fs::exists(status) && is_link_of_system(file)) {
    final_name = fs::canonical(file, failed);
    if (failed) fail(failed.value());
  }
  const fs::file_status replaced = fs::symlink_status(final_name, failed);
  // A rename would not ask whether this file may be changed.
  if (fs::is_regular_file(replaced) && ::access(final_name.c_str(), W_OK) != 0) fail(errno);
  // Only names within one folder can be exchanged in one step.
  unfinished_file unfinished(final_name.has_parent_path() ? final_name.parent_path() : ".");
  unfinished.write(bytes);
  if (fs::is_regular_file(replaced)) unfinished.permit(replaced.permissions());
  unfinished.finish(final_name);
}

void write_file_atomically(const fs::path& file, std::string_view text) {
  write_file_atomically(file, std::as_bytes(std::span(text)));
}

}  // namespace bitwhere::tool
