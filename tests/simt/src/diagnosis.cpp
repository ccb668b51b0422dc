// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "diagnosis.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace simt {

std::string hex(unsigned long long value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%08llx", value);
  return text;
}

std::string to_text(const uint3& index) {
  // Not `"(" + ...`: g++ 12 warns of an overlap in its own header there.
  return std::string("(") + std::to_string(index.x) + "," + std::to_string(index.y) + "," +
         std::to_string(index.z) + ")";
}

std::string at_site(const site& where) {
  if (where.file[0] == '\0') return {};
  const char* const slash = std::strrchr(where.file, '/');
  return std::string(slash == nullptr ? where.file : slash + 1) + ":" + std::to_string(where.line) +
         ": ";
}

std::string kernel_name(const void* kernel) {
  // Only exported symbols have a name at run time; the others are known by their address.
  Dl_info info{};
  if (dladdr(kernel, &info) == 0 || info.dli_sname == nullptr || info.dli_saddr != kernel) {
    return hex(reinterpret_cast<unsigned long long>(kernel));
  }
  int status = 0;
  char* const readable = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status);
  std::string name = readable == nullptr ? info.dli_sname : readable;
  std::free(readable);
  return name;
}

std::string signal_name(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "illegal address";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "integer division by zero";
    default:
      return "signal " + std::to_string(signal);
  }
}

void wait_report::add(const cuda_thread& t) {
  for (place& known : places_) {
    if (known.at.line == t.waits_at.line && std::strcmp(known.in, t.waits_in) == 0 &&
        std::strcmp(known.at.file, t.waits_at.file) == 0) {
      ++known.threads;
      return;
    }
  }
  places_.push_back({t.waits_in, t.waits_at, t.index, 1});
}

std::string wait_report::text() const {
  std::string text;
  for (const place& p : places_) {
    text += "\n    " + at_site(p.at) + std::to_string(p.threads) + " in " + p.in +
            ", first thread " + to_text(p.first_thread);
  }
  return text;
}

}  // namespace simt
