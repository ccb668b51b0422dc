// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "progress.hpp"

#include <fmt/format.h>

#include <cmath>

namespace bitwhere::tool {

namespace {

std::string duration_text(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

}  // namespace

std::string progress_line(std::size_t done, std::size_t total, double seconds) {
  constexpr std::size_t columns = 30;
  const std::size_t filled = total == 0 ? columns : columns * done / total;
  std::string out = fmt::format("[{:<{}}] {}/{}", std::string(filled, '#'), columns, done, total);
  // The first images tell too little to promise a time.
  if (done == 0 || seconds < 0.5) return out;
  const double rate = static_cast<double>(done) / seconds;
  return out + fmt::format("  {:.1f}/s  {} left", rate,
                           duration_text(static_cast<double>(total - done) / rate));
}

progress::progress(std::ostream* terminal, std::size_t total)
    : terminal_(terminal), total_(total) {}

progress::~progress() {
  if (terminal_ != nullptr) *terminal_ << "\r\x1b[K" << std::flush;
}

void progress::advance() {
  if (terminal_ == nullptr) return;
  const std::lock_guard lock(mutex_);
  ++done_;
  const clock::time_point now = clock::now();
  constexpr auto redraw_after = std::chrono::milliseconds(100);
  if (now - drawn_ < redraw_after && done_ != total_) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  *terminal_ << '\r' << progress_line(done_, total_, seconds) << "\x1b[K" << std::flush;
}

}  // namespace bitwhere::tool
