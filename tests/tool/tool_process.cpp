// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "tool_process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

namespace bitwhere::tool_test {

namespace fs = std::filesystem;

tool_process::tool_process(const std::vector<std::string>& arguments, const fs::path& out,
                           const fs::path& err) {
  const fs::path tool = fs::read_symlink("/proc/self/exe").parent_path() / "bitwhere";
  std::vector<std::string> words{tool.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto redirect = [](const fs::path& file, int to) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return fd >= 0 && ::dup2(fd, to) >= 0;
  };
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("cannot start a process");
  if (pid_ != 0) return;
  if (redirect(out, STDOUT_FILENO) && redirect(err, STDERR_FILENO)) ::execv(argv[0], argv.data());
  ::_exit(127);
}

tool_process::~tool_process() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool tool_process::wait_until_it_catches(int signal) const {
  const std::string status = "/proc/" + std::to_string(pid_) + "/status";
  const auto bit = 1ULL << (signal - 1);
  for (;;) {
    std::ifstream in(status);
    std::string key;
    unsigned long long caught = 0;
    while (in >> key && key != "SigCgt:") {
    }
    // A process that has ended has none, until it is waited for.
    if (!(in >> std::hex >> caught)) return false;
    if ((caught & bit) != 0) return true;
    siginfo_t ended = {};
    ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (ended.si_pid != 0) return false;
    ::usleep(1000);
  }
}

void tool_process::send(int signal) const { ::kill(pid_, signal); }

process_end tool_process::wait() {
  int status = 0;
  rusage used = {};
  ::wait4(pid_, &status, 0, &used);
  pid_ = -1;
  process_end out;
  if (WIFEXITED(status)) out.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) out.signal = WTERMSIG(status);
  out.peak_kb = used.ru_maxrss;
  return out;
}

}  // namespace bitwhere::tool_test
