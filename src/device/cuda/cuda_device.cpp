// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "cuda_device.hpp"

#include <cstdlib>

#include "../../../kernels/clean/clean_cuda.hpp"
#include "../../../kernels/colors/color_cuda.hpp"
#include "../../../kernels/count/count_cuda.hpp"
#include "../../../kernels/elementwise/elementwise_cuda.hpp"
#include "../../../kernels/losses/binary_loss_cuda.hpp"
#include "../../../kernels/losses/class_loss_cuda.hpp"
#include "../../../kernels/losses/finish_loss_cuda.hpp"
#include "../../../kernels/metrics/metrics_cuda.hpp"
#include "../../../kernels/nonzero/nonzero_cuda.hpp"
#include "../../../kernels/reduce/reduce_cuda.hpp"
#include "../../../kernels/tuning.hpp"
#include "../../../kernels/where/where_cuda.hpp"
#include "../temporary.hpp"
#include "driver.hpp"

namespace bitwhere::device {
namespace {

// The launchers of kernels/ speak int, so that their headers need no CUDA.
cudaError_t code_of(int launched) { return static_cast<cudaError_t>(launched); }

// How sums of f32 terms are added: by BITWHERE_CUDA_SUM where it is set, else by what the GPU is
// fast at. The bits do not depend on it.
bool adds_in_f64(int index) {
  const char* const chosen = std::getenv("BITWHERE_CUDA_SUM");
  if (chosen == nullptr || *chosen == 0) {
    int ratio = 0;
    BITWHERE_CUDA(
        cudaDeviceGetAttribute(&ratio, cudaDevAttrSingleToDoublePrecisionPerfRatio, index));
    return ratio <= kernels::tuning::cuda_f64_ratio;
  }
  const std::string name = chosen;
  if (name != "f64" && name != "integer") {
    throw failure(BW_INVALID_ARGUMENT,
                  "BITWHERE_CUDA_SUM: \"" + name + "\" is neither \"f64\" nor \"integer\"");
  }
  return name == "f64";
}

class cuda_device final : public device {
 public:
  cuda_device(int index, void* stream, const settings& chosen);
  ~cuda_device() override;

  const char* isa() const override { return ""; }
  int threads() const override { return 0; }
  void* stream() const override { return stream_; }

  void where(const plan::where_plan& plan, const char* operation) override;
  void count(const plan::count_plan& plan) override;
  void clean(const plan::clean_plan& plan) override;
  void elementwise(const plan::elementwise_plan& plan) override;
  void confusion(const plan::confusion_plan& plan) override;
  void accuracy(const plan::accuracy_plan& plan) override;
  void argmax(const plan::argmax_plan& plan) override;
  void colorize(const plan::colorize_plan& plan) override;
  void decolorize(const plan::decolorize_plan& plan) override;
  void select(const plan::nonzero_plan& plan) override;
  int64_t find(const plan::nonzero_plan& plan) override;
  void store_found(const plan::nonzero_plan& plan) override;
  void reduce(const plan::reduce_plan& plan) override;
  void merge(const plan::merge_plan& plan) override;
  void finish(const plan::finish_plan& plan) override;
  void binary_loss(const plan::binary_loss_plan& plan) override;
  void class_loss(const plan::class_loss_plan& plan) override;
  void finish_loss(const plan::finish_loss_plan& plan) override;
  void copy_bytes(void* to, bw_device to_memory, const void* from, bw_device from_memory,
                  size_t bytes) override;
  void synchronize() override;

 protected:
  bool capturing() const override;
  void* allocate_own(size_t bytes) override;
  void deallocate_own(void* pointer) override;

 private:
  void fill(void* to, int byte, size_t bytes) const;
  void begin(kernels::report* report) const;
  kernels::report* noted_by(const kernels::loss_finish_args& args, kernels::report* report) const;
  void give_noted(const kernels::report* noted, kernels::report* report) const;
  kernels::nonzero_rooms rooms_for(int64_t elements) const;
  void select_in(void* memory, const kernels::nonzero_rooms& rooms, const plan::nonzero_plan& plan);
  void trace_select(const plan::nonzero_plan& plan) const;

  // Calls run(memory of so many bytes, or NULL of none).
  template <class Run>
  void in_room(size_t bytes, Run run) {
    if (bytes == 0) {
      run(nullptr);
    } else if (capturing()) {
      // Graphs may run at the same time: each has memory of its own.
      const temporary own(*this, bytes);
      run(own.bytes());
    } else {
      run(workspace(bytes));
    }
  }

  int index_;
  cudaStream_t stream_ = nullptr;
  bool own_stream_;
  kernels::grid_limits grid_ = {};  // asked once: attributes cost microseconds
};

cuda_device::cuda_device(int index, void* stream, const settings& chosen)
    : device("cuda:" + std::to_string(index), {BW_CUDA, index}, chosen),
      index_(index),
      stream_(static_cast<cudaStream_t>(stream)),
      own_stream_(stream == nullptr) {
  const current_device current(index_);
  BITWHERE_CUDA(
      cudaDeviceGetAttribute(&grid_.multiprocessors, cudaDevAttrMultiProcessorCount, index_));
  grid_.f64_adds = adds_in_f64(index_);
  // Non-blocking: a stream of one's own must not wait for the legacy default stream.
  if (own_stream_) BITWHERE_CUDA(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
}

cuda_device::~cuda_device() {
  // Nothing can be reported from here, and a process that ends may have unloaded the driver.
  try {
    const current_device current(index_);
    release_workspace();
    if (own_stream_) cudaStreamDestroy(stream_);
  } catch (...) {
  }
}

void cuda_device::where(const plan::where_plan& plan, const char* operation) {
  if (plan.args.s.elements == 0) return;
  const current_device current(index_);
  BITWHERE_CUDA(code_of(kernels::launch_where(plan.args, stream_)));
  trace(operation, kernels::where_cuda_kernel(plan.args), plan.bytes, 0);
}

void cuda_device::fill(void* to, int byte, size_t bytes) const {
  BITWHERE_CUDA(cudaMemsetAsync(to, byte, bytes, stream_));
}

void cuda_device::count(const plan::count_plan& plan) {
  const current_device current(index_);
  fill(plan.args.counts, 0, static_cast<size_t>(plan.outputs) * sizeof(int64_t));
  if (plan.args.s.elements == 0) return;
  BITWHERE_CUDA(code_of(kernels::launch_count(plan.args, grid_, stream_)));
  trace("count_nonzero", kernels::count_cuda_kernel(plan.args), plan.bytes, 0);
}

void cuda_device::clean(const plan::clean_plan& plan) {
  const current_device current(index_);
  if (plan.replaced != nullptr && !plan.accumulate) {
    fill(plan.replaced, 0, sizeof(kernels::replaced));
  }
  if (plan.copies) {
    where(plan.copy, "nan_to_num");
    return;
  }
  if (plan.args.s.elements == 0) return;
  BITWHERE_CUDA(code_of(kernels::launch_clean(plan.args, plan.replaced, stream_)));
  trace("nan_to_num", kernels::clean_cuda_kernel(plan.args), plan.bytes, 0);
}

void cuda_device::elementwise(const plan::elementwise_plan& plan) {
  if (plan.args.s.elements == 0) return;
  const current_device current(index_);
  BITWHERE_CUDA(code_of(kernels::launch_elementwise(plan.args, stream_)));
  trace(plan.operation, kernels::elementwise_cuda_kernel(plan.args), plan.bytes, 0);
}

void cuda_device::begin(kernels::report* report) const {
  if (report == nullptr) return;
  fill(&report->count, 0, sizeof(int64_t));
  fill(&report->first_index, 0xff, sizeof(int64_t));  // -1: none
}

void cuda_device::confusion(const plan::confusion_plan& plan) {
  const current_device current(index_);
  if (!plan.accumulate) {
    const auto cells =
        static_cast<size_t>(plan.args.classes) * static_cast<size_t>(plan.args.classes);
    fill(plan.counts, 0, cells * sizeof(int64_t));
    begin(plan.report);
  }
  if (plan.args.pixels.s.elements == 0) return;
  BITWHERE_CUDA(
      code_of(kernels::launch_confusion(plan.args, plan.counts, plan.report, grid_, stream_)));
  trace("confusion_matrix", kernels::confusion_cuda_kernel(plan.args), plan.bytes, 0);
}

void cuda_device::accuracy(const plan::accuracy_plan& plan) {
  const current_device current(index_);
  if (!plan.accumulate) fill(plan.counts, 0, sizeof(kernels::accuracy_counts));
  if (plan.args.pixels.s.elements == 0) return;
  BITWHERE_CUDA(code_of(kernels::launch_accuracy(plan.args, plan.counts, grid_, stream_)));
  trace("accuracy", kernels::accuracy_cuda_kernel(plan.args), plan.bytes, 0);
}

void cuda_device::argmax(const plan::argmax_plan& plan) {
  if (plan.args.s.elements == 0) return;
  const current_device current(index_);
  BITWHERE_CUDA(code_of(kernels::launch_argmax(plan.args, stream_)));
  trace("argmax", kernels::argmax_cuda_kernel(plan.args), plan.bytes, 0);
}

void cuda_device::colorize(const plan::colorize_plan& plan) {
  const current_device current(index_);
  begin(plan.report);
  if (plan.args.s.elements == 0) return;
  BITWHERE_CUDA(code_of(kernels::launch_colorize(plan.args, plan.report, stream_)));
  trace("colorize", kernels::colorize_cuda_kernel(plan.args), plan.bytes, 0);
}

void cuda_device::decolorize(const plan::decolorize_plan& plan) {
  const current_device current(index_);
  begin(plan.report);
  if (plan.args.s.elements == 0) return;
  BITWHERE_CUDA(code_of(kernels::launch_decolorize(plan.args, plan.report, stream_)));
  trace("decolorize", kernels::decolorize_cuda_kernel(plan.args), plan.bytes, 0);
}

bool cuda_device::capturing() const {
  const current_device current(index_);
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  BITWHERE_CUDA(cudaStreamIsCapturing(stream_, &status));
  return status != cudaStreamCaptureStatusNone;
}

// What is found stays on the device: only what is written whatever is found can be counted.
void cuda_device::trace_select(const plan::nonzero_plan& plan) const {
  const kernels::record_output& out = plan.args.out;
  const int64_t records = out.fill_rest ? out.capacity : 0;
  trace(plan.operation(), kernels::nonzero_cuda_kernel(plan.args),
        plan.bytes + records * plan.record_bytes(), 0);
}

void cuda_device::select_in(void* memory, const kernels::nonzero_rooms& rooms,
                            const plan::nonzero_plan& plan) {
  const kernels::nonzero_workspace room = kernels::nonzero_workspace_at(memory, rooms);
  if (rooms.tiles > 0) BITWHERE_CUDA(code_of(kernels::launch_find(plan.args, room, stream_)));
  BITWHERE_CUDA(code_of(kernels::launch_store(plan.args, room, plan.found, grid_, stream_)));
}

void cuda_device::select(const plan::nonzero_plan& plan) {
  const int64_t elements = plan.args.s.elements;
  const bool writes = plan.args.out.fill_rest && plan.args.out.capacity > 0 && plan.args.rank > 0;
  const current_device current(index_);
  if (elements == 0 && !writes) {
    if (plan.found != nullptr) fill(plan.found, 0, sizeof(kernels::found));
    return;
  }
  const kernels::nonzero_rooms rooms = rooms_for(elements);
  if (capturing()) {
    // Graphs may run at the same time: each has memory of its own.
    const temporary own(*this, rooms.bytes());
    select_in(own.bytes(), rooms, plan);
  } else {
    select_in(workspace(rooms.bytes()), rooms, plan);
  }
  trace_select(plan);
}

kernels::nonzero_rooms cuda_device::rooms_for(int64_t elements) const {
  kernels::nonzero_rooms rooms = {};
  BITWHERE_CUDA(code_of(kernels::nonzero_rooms_for(elements, rooms)));
  return rooms;
}

int64_t cuda_device::find(const plan::nonzero_plan& plan) {
  const int64_t elements = plan.args.s.elements;
  if (elements == 0) return 0;
  const current_device current(index_);
  if (capturing()) {
    throw failure(BW_INVALID_ARGUMENT,
                  "context: its stream is being captured, where no count can be waited for; store "
                  "into an output of a fixed capacity");
  }
  const kernels::nonzero_rooms rooms = rooms_for(elements);
  const kernels::nonzero_workspace room =
      kernels::nonzero_workspace_at(workspace(rooms.bytes()), rooms);
  BITWHERE_CUDA(code_of(kernels::launch_find(plan.args, room, stream_)));
  int64_t count = 0;
  copy_bytes(&count, {BW_CPU, 0}, room.before + room.tiles, {BW_CUDA, index_}, sizeof count);
  return count;
}

void cuda_device::store_found(const plan::nonzero_plan& plan) {
  const int64_t elements = plan.args.s.elements;
  if (elements == 0) return;
  const current_device current(index_);
  if (plan.args.out.capacity > 0 && plan.args.rank > 0) {
    const kernels::nonzero_rooms rooms = rooms_for(elements);
    const kernels::nonzero_workspace room =
        kernels::nonzero_workspace_at(workspace(rooms.bytes()), rooms);
    BITWHERE_CUDA(code_of(kernels::launch_store(plan.args, room, nullptr, grid_, stream_)));
  }
  trace(plan.operation(), kernels::nonzero_cuda_kernel(plan.args),
        plan.bytes + plan.args.out.capacity * plan.hit_bytes, 0);
}

void cuda_device::reduce(const plan::reduce_plan& plan) {
  const current_device current(index_);
  begin(plan.report);
  if (plan.outputs == 0) return;
  if (plan.args.s.elements == 0) {
    BITWHERE_CUDA(
        code_of(kernels::launch_reduce_nothing(plan.args, plan.partials, plan.report, stream_)));
    trace("reduce", "reduce.nothing", plan.bytes, 0);
    return;
  }
  const kernels::reduce_pieces pieces = kernels::reduce_pieces_of(plan.args, grid_);
  in_room(static_cast<size_t>(pieces.workspace_bytes), [&](void* room) {
    BITWHERE_CUDA(code_of(kernels::launch_reduce(plan.args, pieces, room, plan.partials,
                                                 plan.report, grid_, stream_)));
  });
  trace("reduce", kernels::reduce_cuda_kernel(plan.args, grid_), plan.bytes, 0);
}

void cuda_device::merge(const plan::merge_plan& plan) {
  const current_device current(index_);
  BITWHERE_CUDA(
      code_of(kernels::launch_merge(plan.from, plan.into, plan.partials, plan.words, stream_)));
  trace("merge_partials", "reduce.merge", plan.bytes, 0);
}

void cuda_device::finish(const plan::finish_plan& plan) {
  const current_device current(index_);
  begin(plan.report);
  if (plan.outputs == 0) return;
  BITWHERE_CUDA(code_of(kernels::launch_finish(plan.args, plan.partials, plan.outputs, plan.words,
                                               plan.report, stream_)));
  trace("finish_partials", "reduce.finish", plan.bytes, 0);
}

void cuda_device::finish_loss(const plan::finish_loss_plan& plan) {
  const current_device current(index_);
  BITWHERE_CUDA(code_of(kernels::launch_round_loss(plan.args, plan.words, plan.report, stream_)));
  trace("finish_loss", "loss.finish", plan.bytes, 0);
}

// Where a loss notes bad elements: a partial has a report of its own.
kernels::report* cuda_device::noted_by(const kernels::loss_finish_args& args,
                                       kernels::report* report) const {
  if (kernels::keeps_words(args.by)) {
    auto* const words = reinterpret_cast<int64_t*>(args.out);
    report = reinterpret_cast<kernels::report*>(words + 3);
  }
  begin(report);
  return report;
}

void cuda_device::give_noted(const kernels::report* noted, kernels::report* report) const {
  if (report == nullptr || report == noted) return;
  BITWHERE_CUDA(cudaMemcpyAsync(report, noted, sizeof *report, cudaMemcpyDeviceToDevice, stream_));
}

void cuda_device::binary_loss(const plan::binary_loss_plan& plan) {
  const current_device current(index_);
  kernels::report* const noted = noted_by(plan.args.finish, plan.report);
  const bool each = plan.args.finish.by == kernels::loss_reduction::none;
  if (each && plan.args.s.elements == 0) return;
  const int64_t room = kernels::binary_loss_workspace(plan.args, grid_);
  in_room(static_cast<size_t>(room), [&](void* memory) {
    BITWHERE_CUDA(code_of(kernels::launch_binary_loss(plan.args, memory, noted, grid_, stream_)));
  });
  give_noted(noted, plan.report);
  trace(plan.operation(), kernels::binary_loss_cuda_kernel(plan.args, grid_), plan.bytes, 0);
}

void cuda_device::class_loss(const plan::class_loss_plan& plan) {
  const current_device current(index_);
  const kernels::class_loss_args& args = plan.args;
  kernels::report* const noted = noted_by(args.finish, plan.report);
  if (!plan.accumulate) {
    const auto classes = static_cast<size_t>(args.x.classes);
    if (plan.confusion != nullptr) fill(plan.confusion, 0, classes * classes * sizeof(int64_t));
    if (plan.agreement != nullptr) fill(plan.agreement, 0, sizeof *plan.agreement);
  }
  const bool each = args.finish.by == kernels::loss_reduction::none;
  if (each && args.s.elements == 0) return;
  const int64_t room = kernels::class_loss_workspace(args, grid_);
  in_room(static_cast<size_t>(room), [&](void* memory) {
    BITWHERE_CUDA(code_of(kernels::launch_class_loss(args, memory, {plan.confusion, plan.agreement},
                                                     noted, grid_, stream_)));
  });
  give_noted(noted, plan.report);
  trace(plan.operation(), kernels::class_loss_cuda_kernel(args, grid_), plan.bytes, 0);
}

void cuda_device::copy_bytes(void* to, bw_device to_memory, const void* from, bw_device from_memory,
                             size_t bytes) {
  const current_device current(index_);
  BITWHERE_CUDA(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_));
  if (to_memory.type != BW_CUDA || from_memory.type != BW_CUDA) synchronize();
}

void cuda_device::synchronize() {
  const current_device current(index_);
  BITWHERE_CUDA(cudaStreamSynchronize(stream_));
}

void* cuda_device::allocate_own(size_t bytes) {
  const current_device current(index_);
  void* pointer = nullptr;
  BITWHERE_CUDA(cudaMallocAsync(&pointer, bytes, stream_));
  return pointer;
}

void cuda_device::deallocate_own(void* pointer) {
  const current_device current(index_);
  BITWHERE_CUDA(cudaFreeAsync(pointer, stream_));
}

}  // namespace

std::unique_ptr<device> make_cuda_device(int index, void* stream, const settings& chosen) {
  return std::make_unique<cuda_device>(index, stream, chosen);
}

}  // namespace bitwhere::device
