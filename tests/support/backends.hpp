// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <ostream>
#include <string>
#include <vector>

// Every way that this machine can run an operation, and a fixture that proves which one it was.
namespace bitwhere::test {

struct backend {
  std::string device;
  std::string isa;  // "" on cuda
  int threads = 0;  // 0 on cuda

  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool is_cuda() const { return device != "cpu"; }
};

std::ostream& operator<<(std::ostream& out, const backend& b);

// cpu with every instruction set here and 1, 2 and 7 threads, then every CUDA device.
std::vector<backend> backends();

std::vector<backend> cpu_backends();

// A test parameter's name for gtest.
std::string name_of(const testing::TestParamInfo<backend>& info);

// Runs on one backend. A test that ends without the backend having run anything fails: parity
// that did not reach its path proves nothing.
class parity : public testing::TestWithParam<backend> {
 protected:
  parity();
  void TearDown() override;

  // What ran since the last call.
  std::vector<std::string> kernels_since();

  const bitwhere::context& on() const { return context_; }

  int most_workers() const { return most_workers_; }

 private:
  std::vector<std::string> kernels_;
  int launches_ = 0;
  int most_workers_ = 0;
  std::string wrong_path_;
  bitwhere::context context_;
};

}  // namespace bitwhere::test
