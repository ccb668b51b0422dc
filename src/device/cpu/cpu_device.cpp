// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "cpu_device.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "../../../kernels/metrics/label_formula.hpp"
#include "../../../kernels/nonzero/nonzero_formula.hpp"
#include "../../../kernels/tuning.hpp"
#include "cell_bins.hpp"
#include "isa.hpp"
#include "losses.hpp"
#include "queue.hpp"
#include "reduction.hpp"
#include "threads.hpp"

namespace bitwhere::device {
namespace {

namespace tuning = kernels::tuning;

struct interval {
  int64_t begin;
  int64_t end;
};

// The units of an index space, shared out so that a thread takes about as many elements at a time
// whatever a unit is.
class portions {
 public:
  explicit portions(const kernels::space& s)
      : units_(kernels::units_of(s)),
        size_(std::max<int64_t>(tuning::cpu_block_elements / kernels::unit_elements(s), 1)) {}
  // Units that take as many elements each.
  portions(const kernels::space& s, int64_t elements)
      : units_(s.elements),
        size_(std::max<int64_t>(tuning::cpu_block_elements / elements / tile * tile,
                                elements < tuning::cpu_block_elements ? tile : 1)) {}

  int64_t count() const { return kernels::quotient_up(units_, size_); }
  interval at(int64_t index) const {
    return {index * size_, std::min((index + 1) * size_, units_)};
  }

 private:
  static constexpr int64_t tile = 256;

  int64_t units_;
  int64_t size_;
};

// Pixels, which have as many elements as they have scores.
portions portions_of(const kernels::pixel_args& pixels) {
  return {pixels.s, pixels.from_scores ? pixels.scores.classes : 1};
}

// The trace's name of a path: where an operation's tiles end.
struct path_names {
  const char* dense;
  const char* rows;
  const char* mixed;
  const char* blocks;

  const char* of(kernels::tiling cut) const {
    switch (cut) {
      case kernels::tiling::dense:
        return dense;
      case kernels::tiling::rows:
        return rows;
      case kernels::tiling::mixed:
        return mixed;
      default:
        return blocks;
    }
  }
};

constexpr path_names where_paths = {"where.dense", "where.rows", "where.mixed", "where.blocks"};
constexpr path_names count_paths = {"count.dense", "count.rows", "count.mixed", "count.blocks"};
constexpr path_names clean_paths = {"clean.dense", "clean.rows", "clean.mixed", "clean.blocks"};
constexpr path_names elementwise_paths = {"elementwise.dense", "elementwise.rows",
                                          "elementwise.mixed", "elementwise.blocks"};
constexpr path_names colorize_paths = {"colorize.dense", "colorize.rows", "colorize.mixed", ""};
constexpr path_names decolorize_paths = {"decolorize.dense", "decolorize.rows", "decolorize.mixed",
                                         ""};

constexpr path_names nonzero_paths = {"nonzero.dense", "nonzero.rows", "nonzero.mixed", ""};
constexpr path_names select_paths = {"select.dense", "select.rows", "select.mixed", ""};

constexpr path_names reduce_paths = {"reduce.dense", "reduce.rows", "reduce.mixed",
                                     "reduce.blocks"};

constexpr kernels::report nothing_found = {0, -1};

void add_reports(const std::vector<kernels::report>& found, kernels::report* to) {
  if (to == nullptr) return;
  for (const kernels::report& part : found) kernels::merge(*to, part);
}

class cpu_device final : public device {
 public:
  cpu_device(const std::string& isa, int threads, const settings& chosen)
      : device("cpu", {BW_CPU, 0}, chosen), kernels_(choose_isa(isa)), team_(threads) {}
  ~cpu_device() override { release_workspace(); }

  const char* isa() const override { return kernels_.isa; }
  int threads() const override { return team_.size(); }
  void* stream() const override { return nullptr; }

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

  void copy_bytes(void* to, bw_device, const void* from, bw_device, size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void synchronize() override {}

 protected:
  void* allocate_own(size_t bytes) override;
  void deallocate_own(void* pointer) override { std::free(pointer); }

 private:
  reduction_means means() {
    return {kernels_, team_, [this](size_t bytes) { return workspace(bytes); }};
  }
  struct found_bits {
    uint64_t* words;
    int64_t* before;
  };
  found_bits room_for_bits(int64_t parts);
  void finish_select(const plan::nonzero_plan& plan, int64_t count, int workers);

  const kernels::cpu_kernels& kernels_;
  thread_team team_;
};

void* cpu_device::allocate_own(size_t bytes) {
  const bool huge = bytes >= tuning::cpu_huge_page_bytes;
  const size_t unit = huge ? tuning::cpu_huge_page : 256;
  if (bytes > SIZE_MAX - unit) return nullptr;
  bytes = (bytes + unit - 1) / unit * unit;
  void* const memory = std::aligned_alloc(unit, bytes);
  // A page is cleared when it is first written: of small ones, that costs more than the writing.
  if (huge && memory != nullptr) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void cpu_device::where(const plan::where_plan& plan, const char* operation) {
  const int64_t elements = plan.args.s.elements;
  if (elements == 0) return;
  const portions parts(plan.args.s);
  const int workers = team_.workers_for(plan.bytes, parts.count());
  team_.run(workers, parts.count(), [&](int, int64_t index) {
    const interval part = parts.at(index);
    kernels_.where(plan.args, part.begin, part.end);
  });
  trace(operation, where_paths.of(plan.args.s.cut), plan.bytes, workers);
}

void cpu_device::count(const plan::count_plan& plan) {
  std::memset(plan.args.counts, 0, static_cast<size_t>(plan.outputs) * sizeof(int64_t));
  if (plan.args.s.elements == 0) return;
  const portions parts(plan.args.s);
  const int workers = team_.workers_for(plan.bytes, parts.count());
  team_.run(workers, parts.count(), [&](int, int64_t index) {
    const interval part = parts.at(index);
    kernels_.count(plan.args, part.begin, part.end);
  });
  trace("count_nonzero", count_paths.of(plan.args.s.cut), plan.bytes, workers);
}

void cpu_device::clean(const plan::clean_plan& plan) {
  if (plan.replaced != nullptr && !plan.accumulate) *plan.replaced = {0, 0, 0};
  if (plan.copies) {
    where(plan.copy, "nan_to_num");
    return;
  }
  if (plan.args.s.elements == 0) return;
  const portions parts(plan.args.s);
  const int workers = team_.workers_for(plan.bytes, parts.count());
  std::vector<kernels::replaced> found(static_cast<size_t>(workers), kernels::replaced{0, 0, 0});
  team_.run(workers, parts.count(), [&](int worker, int64_t index) {
    const interval part = parts.at(index);
    kernels_.clean(plan.args, part.begin, part.end, found[static_cast<size_t>(worker)]);
  });
  if (plan.replaced != nullptr) {
    for (const kernels::replaced& part : found) {
      plan.replaced->nan += part.nan;
      plan.replaced->posinf += part.posinf;
      plan.replaced->neginf += part.neginf;
    }
  }
  trace("nan_to_num", clean_paths.of(plan.args.s.cut), plan.bytes, workers);
}

void cpu_device::elementwise(const plan::elementwise_plan& plan) {
  if (plan.args.s.elements == 0) return;
  const portions parts(plan.args.s);
  const int workers = team_.workers_for(plan.bytes, parts.count());
  team_.run(workers, parts.count(), [&](int, int64_t index) {
    const interval part = parts.at(index);
    kernels_.elementwise(plan.args, part.begin, part.end);
  });
  trace(plan.operation, elementwise_paths.of(plan.args.s.cut), plan.bytes, workers);
}

void cpu_device::confusion(const plan::confusion_plan& plan) {
  const int64_t cells = int64_t{plan.args.classes} * plan.args.classes;
  if (!plan.accumulate) {
    std::memset(plan.counts, 0, static_cast<size_t>(cells) * sizeof(int64_t));
    if (plan.report != nullptr) *plan.report = nothing_found;
  }
  const kernels::pixel_args& pixels = plan.args.pixels;
  if (pixels.s.elements == 0) return;
  const portions parts = portions_of(pixels);
  const int workers = team_.workers_for(plan.bytes, parts.count());
  cell_bins bins(plan.args.classes, pixels.s.elements, pixels.pixel_weight, plan.counts);
  bins.begin(workspace(bins.bytes(workers)), workers);
  std::vector<kernels::report> found(static_cast<size_t>(workers), nothing_found);
  team_.run(workers, parts.count(), [&](int worker, int64_t index) {
    const interval part = parts.at(index);
    kernels_.confusion(plan.args, part.begin, part.end, bins.of(worker),
                       found[static_cast<size_t>(worker)]);
    bins.counted(worker, part.end - part.begin);
  });
  bins.end();
  add_reports(found, plan.report);
  trace("confusion_matrix", bins.own() ? "confusion.private" : "confusion.shared", plan.bytes,
        workers);
}

void cpu_device::accuracy(const plan::accuracy_plan& plan) {
  if (!plan.accumulate) *plan.counts = {};
  const kernels::pixel_args& pixels = plan.args.pixels;
  if (pixels.s.elements == 0) return;
  const portions parts = portions_of(pixels);
  const int workers = team_.workers_for(plan.bytes, parts.count());
  std::vector<kernels::accuracy_counts> found(static_cast<size_t>(workers));
  team_.run(workers, parts.count(), [&](int worker, int64_t index) {
    const interval part = parts.at(index);
    kernels_.accuracy(plan.args, part.begin, part.end, found[static_cast<size_t>(worker)]);
  });
  for (const kernels::accuracy_counts& part : found) {
    int64_t& correct = plan.counts->correct;
    int64_t& valid = plan.counts->valid;
    correct = kernels::plus(correct, kernels::times(part.correct, pixels.pixel_weight));
    valid = kernels::plus(valid, kernels::times(part.valid, pixels.pixel_weight));
  }
  trace("accuracy", "accuracy.words", plan.bytes, workers);
}

void cpu_device::argmax(const plan::argmax_plan& plan) {
  if (plan.args.s.elements == 0) return;
  const portions parts(plan.args.s, plan.args.scores.classes);
  const int workers = team_.workers_for(plan.bytes, parts.count());
  team_.run(workers, parts.count(), [&](int, int64_t index) {
    const interval part = parts.at(index);
    kernels_.argmax(plan.args, part.begin, part.end);
  });
  trace("argmax", kernels_.argmax_path(plan.args.scores), plan.bytes, workers);
}

void cpu_device::colorize(const plan::colorize_plan& plan) {
  if (plan.report != nullptr) *plan.report = nothing_found;
  if (plan.args.s.elements == 0) return;
  const portions parts(plan.args.s);
  const int workers = team_.workers_for(plan.bytes, parts.count());
  const auto room = static_cast<size_t>(plan.args.palette.count + 2) * sizeof(uint32_t);
  const kernels::packed_color* const colors =
      kernels_.fill_colors(plan.args, static_cast<kernels::packed_color*>(workspace(room)));
  std::vector<kernels::report> found(static_cast<size_t>(workers), nothing_found);
  team_.run(workers, parts.count(), [&](int worker, int64_t index) {
    const interval part = parts.at(index);
    kernels_.colorize(plan.args, colors, part.begin, part.end, found[static_cast<size_t>(worker)]);
  });
  add_reports(found, plan.report);
  trace("colorize", colorize_paths.of(plan.args.s.cut), plan.bytes, workers);
}

void cpu_device::decolorize(const plan::decolorize_plan& plan) {
  if (plan.report != nullptr) *plan.report = nothing_found;
  if (plan.args.s.elements == 0) return;
  const portions parts(plan.args.s);
  const int workers = team_.workers_for(plan.bytes, parts.count());
  auto* const keys = static_cast<uint32_t*>(
      workspace(static_cast<size_t>(plan.args.palette.count) * sizeof(uint32_t)));
  kernels_.fill_keys(plan.args.palette, keys);
  std::vector<kernels::report> found(static_cast<size_t>(workers), nothing_found);
  team_.run(workers, parts.count(), [&](int worker, int64_t index) {
    const interval part = parts.at(index);
    kernels_.decolorize(plan.args, keys, part.begin, part.end, found[static_cast<size_t>(worker)]);
  });
  add_reports(found, plan.report);
  trace("decolorize", decolorize_paths.of(plan.args.s.cut), plan.bytes, workers);
}

// Whether an output is written around the cache.
bool streams(const plan::nonzero_plan& plan) {
  const int64_t records = std::min(plan.args.out.capacity, plan.args.s.elements);
  return records > tuning::cpu_stream_bytes / std::max<int64_t>(plan.record_bytes(), 1);
}

// The work there may be, in bytes moved, for the number of threads: a condition may read next to
// nothing and hold everywhere.
int64_t bytes_at_most(const plan::nonzero_plan& plan, int64_t records) {
  return plan.bytes + plan.args.s.elements / 8 +
         std::min(records, plan.args.s.elements) * plan.hit_bytes;
}

constexpr int64_t part_words = tuning::cpu_block_elements / 64;

// What comes after the hits.
void cpu_device::finish_select(const plan::nonzero_plan& plan, int64_t count, int workers) {
  const kernels::record_output& out = plan.args.out;
  const int64_t stored = kernels::stored_records(out, count);
  const int64_t rest = out.fill_rest ? out.capacity - stored : 0;
  if (plan.found != nullptr) *plan.found = kernels::found_of(out, count);
  if (rest > 0 && plan.args.rank > 0) {
    const int64_t bytes = rest * plan.record_bytes();
    const int64_t a_part = tuning::cpu_block_elements;
    const int64_t parts = kernels::quotient_up(rest, a_part);
    const int fillers = team_.workers_for(bytes, parts);
    team_.run(fillers, parts, [&](int, int64_t k) {
      const int64_t begin = stored + k * a_part;
      kernels_.fill_records(plan.args, begin, std::min(begin + a_part, out.capacity),
                            bytes > tuning::cpu_stream_bytes);
    });
    workers = std::max(workers, fillers);
  }
  if (plan.args.s.elements == 0 && rest == 0) return;
  const path_names& paths = plan.args.values ? select_paths : nonzero_paths;
  const kernels::tiling cut = plan.args.s.elements == 0 ? kernels::tiling::dense : plan.args.s.cut;
  trace(plan.operation(), paths.of(cut),
        plan.bytes + stored * plan.hit_bytes + rest * plan.record_bytes(), workers);
}

// One pass: parts are found side by side and then queue to learn how many hits stand before theirs,
// so that all are stored where they belong while later parts are still being looked at.
void cpu_device::select(const plan::nonzero_plan& plan) {
  if (plan.args.s.elements == 0) {
    finish_select(plan, 0, 1);
    return;
  }
  const portions parts(plan.args.s);
  const int workers = team_.workers_for(bytes_at_most(plan, plan.args.out.capacity), parts.count());
  const auto room = static_cast<size_t>(part_words * workers) * sizeof(uint64_t);
  auto* const words = static_cast<uint64_t*>(workspace(room));
  const kernels::store_hints hints = {streams(plan), tuning::cpu_block_elements * workers};
  queue before;
  team_.run(workers, parts.count(), [&](int worker, int64_t index) {
    const interval part = parts.at(index);
    uint64_t* const mine = words + part_words * worker;
    const int64_t hits = kernels_.find_bits(plan.args, part.begin, part.end, mine);
    const int64_t first = before.pass(index, hits);
    if (hits != 0) kernels_.store_records(plan.args, mine, part.begin, part.end, first, hints);
  });
  finish_select(plan, before.total(), workers);
}

// What `find` leaves for `store_found`: the bits of all parts, and how many hits stand before each.
cpu_device::found_bits cpu_device::room_for_bits(int64_t parts) {
  const auto bytes = static_cast<size_t>((part_words + 1) * parts) * sizeof(uint64_t);
  auto* const words = static_cast<uint64_t*>(workspace(bytes));
  return {words, reinterpret_cast<int64_t*>(words + part_words * parts)};
}

int64_t cpu_device::find(const plan::nonzero_plan& plan) {
  if (plan.args.s.elements == 0) return 0;
  const portions parts(plan.args.s);
  const found_bits found = room_for_bits(parts.count());
  const int workers = team_.workers_for(bytes_at_most(plan, 0), parts.count());
  team_.run(workers, parts.count(), [&](int, int64_t index) {
    const interval part = parts.at(index);
    found.before[index] =
        kernels_.find_bits(plan.args, part.begin, part.end, found.words + part_words * index);
  });
  int64_t total = 0;
  for (int64_t k = 0; k < parts.count(); ++k) total += std::exchange(found.before[k], total);
  return total;
}

void cpu_device::store_found(const plan::nonzero_plan& plan) {
  const int64_t count = plan.args.out.capacity;
  int workers = 1;
  if (count > 0) {
    const portions parts(plan.args.s);
    const found_bits found = room_for_bits(parts.count());
    const kernels::store_hints hints = {streams(plan), 0};
    workers = team_.workers_for(bytes_at_most(plan, count), parts.count());
    team_.run(workers, parts.count(), [&](int, int64_t index) {
      const interval part = parts.at(index);
      kernels_.store_records(plan.args, found.words + part_words * index, part.begin, part.end,
                             found.before[index], hints);
    });
  }
  finish_select(plan, count, workers);
}

void cpu_device::reduce(const plan::reduce_plan& plan) {
  const int workers = bitwhere::device::reduce(means(), plan);
  if (plan.outputs == 0) return;
  const kernels::tiling cut = plan.args.s.elements == 0 ? kernels::tiling::dense : plan.args.s.cut;
  trace("reduce", reduce_paths.of(cut), plan.bytes, workers);
}

void cpu_device::merge(const plan::merge_plan& plan) {
  const int workers = bitwhere::device::merge(means(), plan);
  trace("merge_partials", "reduce.merge", plan.bytes, workers);
}

void cpu_device::finish(const plan::finish_plan& plan) {
  const int workers = bitwhere::device::finish(means(), plan);
  if (plan.outputs != 0) trace("finish_partials", "reduce.finish", plan.bytes, workers);
}

void cpu_device::binary_loss(const plan::binary_loss_plan& plan) {
  const int workers = bitwhere::device::binary_loss(means(), plan);
  const bool each = plan.args.finish.by == kernels::loss_reduction::none;
  trace(plan.operation(), each ? "binary_loss.terms" : "binary_loss.sums", plan.bytes, workers);
}

void cpu_device::class_loss(const plan::class_loss_plan& plan) {
  const int workers = bitwhere::device::class_loss(means(), plan);
  trace(plan.operation(), kernels_.class_loss_path(plan.args), plan.bytes, workers);
}

void cpu_device::finish_loss(const plan::finish_loss_plan& plan) {
  bitwhere::device::finish_loss(plan);
  trace("finish_loss", "loss.finish", plan.bytes, 1);
}

}  // namespace

std::unique_ptr<device> make_cpu_device(const std::string& isa, int threads,
                                        const settings& chosen) {
  return std::make_unique<cpu_device>(isa, threads, chosen);
}

}  // namespace bitwhere::device
