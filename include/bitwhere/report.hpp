// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace bitwhere {

/// A bw_report on the device of its context: what was wrong in the data of one or several calls.
/// Everything that returns numbers brings them to the host and waits for the stream.
class data_report {
 public:
  /// Its contents are undefined until an operation has written it.
  explicit data_report(const context& on) : cells_(on, std::vector<std::int64_t>{2}, i64) {}

  /// i64 (2) on the device: count, first index.
  [[nodiscard]] const tensor& cells() const { return cells_; }
  [[nodiscard]] bw_report* c() const { return static_cast<bw_report*>(cells_.data()); }

  [[nodiscard]] bw_report host() const {
    std::vector<std::int64_t> out(2);
    copy(cells_.on(), cells_, view(out));
    return {out[0], out[1]};
  }
  [[nodiscard]] std::int64_t count() const { return host().count; }
  /// -1 if nothing was wrong.
  [[nodiscard]] std::int64_t first_index() const { return host().first_index; }

  /// Throws errc::data_error if anything was wrong; `what` continues "3 labels ".
  void require_none(const std::string& what) const {
    const bw_report found = host();
    if (found.count == 0) return;
    throw error(errc::data_error, std::to_string(found.count) + " " + what +
                                      "; the first at element " +
                                      std::to_string(found.first_index));
  }

 private:
  tensor cells_;
};

}  // namespace bitwhere
