// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "observation.hpp"
#include "source.hpp"

#include <bitwhere/context.hpp>

#include <string>
#include <utility>

namespace bitwhere::tool {

/// What the trace must say while a row's operation runs, and what it said.
class path_proof {
 public:
  path_proof(std::string device, std::string isa)
      : device_(std::move(device)), isa_(std::move(isa)) {}

  void begin_row(std::string operation);
  /// Calls in between are the row's; others bring inputs and results.
  void begin_call() { listening_ = true; }
  void end_call(bool must_run);
  void hear(const bw_trace_record& record);
  /// Moves what was heard since begin_row into an observation.
  void report(observation& to);

 private:
  std::string device_;
  std::string isa_;
  std::string operation_;
  observation heard_;
  bool listening_ = false;
  bool ran_ = false;
};

/// A source in the memory of a backend.
class placed {
 public:
  placed(const context& on, source from);
  [[nodiscard]] const tensor_view& view() const { return view_; }
  [[nodiscard]] const source& from() const { return from_; }
  /// The whole buffer, brought to the host.
  [[nodiscard]] std::vector<std::byte> buffer() const;

 private:
  source from_;
  tensor buffer_;
  tensor_view view_;
};

/// Where a row's experiment takes place: on one backend.
class stage {
 public:
  stage(const context& on, path_proof& proof) : on_(on), proof_(proof) {}

  [[nodiscard]] const context& on() const { return on_; }
  [[nodiscard]] placed place(const source& from) const { return {on_, from}; }
  /// Room for an output of this layout.
  [[nodiscard]] placed room(dtype type, const shape_t& shape, layout lies) const {
    return {on_, make_source(type, shape, lies)};
  }

  /// Runs the operation; over `elements` elements, so that with any the trace must show it.
  template <class Operation>
  auto call(std::int64_t elements, Operation operation) {
    const listening until_end(proof_, elements > 0);
    return operation(on_);
  }

  /// Keeps a result. Where `lies` has gaps, nothing may have been written there.
  void keep(const std::string& name, const tensor& from);
  void keep(const std::string& name, const placed& from);
  void keep(const std::string& name, const std::vector<std::int64_t>& numbers);
  void keep(const std::string& name, const std::vector<double>& numbers);

  [[nodiscard]] std::vector<output> take() && { return std::move(outputs_); }

 private:
  class listening {
   public:
    listening(path_proof& proof, bool must_run) : proof_(proof), must_run_(must_run) {
      proof_.begin_call();
    }
    listening(const listening&) = delete;
    listening& operator=(const listening&) = delete;
    ~listening() { proof_.end_call(must_run_); }

   private:
    path_proof& proof_;
    bool must_run_;
  };

  const context& on_;
  path_proof& proof_;
  std::vector<output> outputs_;
};

}  // namespace bitwhere::tool
