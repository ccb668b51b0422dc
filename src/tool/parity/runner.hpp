// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "observation.hpp"
#include "row.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// A way to run an operation: a device, and on the cpu an instruction set and a number of threads.
struct backend {
  std::string device;
  std::string isa = {};  ///< empty on cuda
  int threads = 0;       ///< 0 on cuda

  /// "cpu avx2 x7", "cuda:0".
  [[nodiscard]] std::string name() const;
};

/// What can run rows. An interface, so that tests can pass one that is wrong.
class runner {
 public:
  virtual ~runner() = default;
  [[nodiscard]] virtual const backend& describes() const = 0;
  /// Never throws for what a row does: that is a fault of the observation.
  virtual observation run(const row& which, const experiment& what) = 0;
};

using runner_list = std::vector<std::unique_ptr<runner>>;

/// What to run on; empty lists: everything that is here.
struct backend_choice {
  std::vector<std::string> devices = {};
  std::vector<std::string> isas = {};  ///< of the cpu
  std::vector<int> threads = {};       ///< of the cpu; empty: 1, 2 and 7
};

/// The plainest instruction set on one thread comes first: others are compared with it.
std::vector<backend> choose_backends(const backend_choice& choice);

/// Throws errc::unavailable for a name that is unknown or not here.
std::unique_ptr<runner> make_runner(const backend& on);

}  // namespace bitwhere::tool
