// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <stdexcept>

namespace bitwhere::tool {

namespace {

template <class T>
output numbers_output(const std::string& name, dtype type, const std::vector<T>& numbers) {
  const auto bytes = std::as_bytes(std::span(numbers));
  return {name, type, {static_cast<std::int64_t>(numbers.size())}, {bytes.begin(), bytes.end()}};
}

/// The bytes as a tensor of u8.
tensor_view byte_view(std::vector<std::byte>& bytes) {
  return view(bytes.data(), u8, {static_cast<std::int64_t>(bytes.size())});
}

}  // namespace

void path_proof::begin_row(std::string operation) {
  operation_ = std::move(operation);
  heard_ = {};
}

void path_proof::end_call(bool must_run) {
  if (must_run && !ran_ && heard_.fault.empty()) {
    heard_.fault = fmt::format("the trace shows no {}", operation_);
  }
  listening_ = false;
  ran_ = false;
}

void path_proof::hear(const bw_trace_record& record) {
  const bool elsewhere = record.device != device_ || record.isa != isa_;
  // What the operation did says more than how its inputs came.
  if (elsewhere && (listening_ || heard_.fault.empty())) {
    heard_.fault = fmt::format("{} ran on {} {}", record.operation, record.device, record.isa);
  }
  if (!listening_) return;
  ran_ = ran_ || record.operation == operation_;
  ++heard_.paths[record.kernel];
  heard_.most_threads = std::max(heard_.most_threads, record.threads);
}

void path_proof::report(observation& to) {
  to.paths = std::move(heard_.paths);
  to.most_threads = heard_.most_threads;
  if (to.fault.empty()) to.fault = std::move(heard_.fault);
}

placed::placed(const context& on, source from)
    : from_(std::move(from)),
      buffer_(to(on, byte_view(from_.bytes))),
      view_(buffer_.data(), from_.type, from_.shape, from_.strides, on.memory(),
            static_cast<std::uint64_t>(from_.origin)) {}

std::vector<std::byte> placed::buffer() const {
  std::vector<std::byte> host(static_cast<std::size_t>(buffer_.size()));
  copy(buffer_.on(), buffer_, byte_view(host));
  return host;
}

void stage::keep(const std::string& name, const tensor& from) {
  const auto shape = from.shape();
  output out{name, from.type(), {shape.begin(), shape.end()}, {}};
  out.bytes.resize(static_cast<std::size_t>(from.size() * from.type().bytes()));
  copy(on_, from, view(out.bytes.data(), out.type, out.shape));
  outputs_.push_back(std::move(out));
}

void stage::keep(const std::string& name, const placed& from) {
  const std::vector<std::byte> buffer = from.buffer();
  if (const std::int64_t at = first_stray_byte(from.from(), buffer); at >= 0) {
    throw std::runtime_error(fmt::format("{}: byte {} of the buffer is no element, but was written",
                                         name, at - from.from().origin));
  }
  outputs_.push_back({name, from.from().type, from.from().shape, gather(from.from(), buffer)});
}

void stage::keep(const std::string& name, const std::vector<std::int64_t>& numbers) {
  outputs_.push_back(numbers_output(name, i64, numbers));
}

void stage::keep(const std::string& name, const std::vector<double>& numbers) {
  outputs_.push_back(numbers_output(name, f64, numbers));
}

}  // namespace bitwhere::tool
