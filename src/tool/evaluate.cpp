// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "evaluate.hpp"

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

namespace bitwhere::tool {

namespace {

/// All confusion matrices together stay below this, as long as two can.
constexpr std::int64_t matrix_budget_bytes = std::int64_t{2} << 30;

struct outcome {
  std::optional<image_result> image;
  std::vector<problem> problems;
};

/// Everything that workers share.
struct batch {
  const evaluate_options& options;
  const std::vector<work_item>& items;
  const map_loader& load;
  progress& bar;
  std::atomic<std::size_t> next = 0;
  std::vector<outcome> outcomes;  // one an item, so that no lock is needed
};

std::optional<label_map> load_map(const batch& all, std::size_t index, side which, outcome& out) {
  const work_item& item = all.items[index];
  const std::string& file = which == side::target ? item.target : item.prediction;
  try {
    return all.load(index, which);
  } catch (const file_error& e) {
    out.problems.push_back({file, e.what()});
  } catch (const std::bad_alloc&) {
    out.problems.push_back({file, "needs more memory than there is"});
  }
  return std::nullopt;
}

problem describe_bad_labels(const evaluate_options& options, const work_item& item,
                            const label_map& prediction, const label_map& target,
                            const confusion& counted) {
  const std::int64_t count = counted.bad_labels();
  const std::int64_t row = counted.first_bad_label() / target.width;
  const std::int64_t column = counted.first_bad_label() % target.width;
  const std::int64_t label = target.at(row, column);
  // Ignored targets are never bad, so an impossible target is to blame before its prediction.
  const bool in_target = label < 0 || label >= options.classes;
  std::string text =
      fmt::format("{} {} a label outside 0..{}, the first at row {}, column {}: {}", count,
                  count == 1 ? "pixel has" : "pixels have", options.classes - 1, row, column,
                  in_target ? fmt::format("target {}", label)
                            : fmt::format("prediction {}", prediction.at(row, column)));
  if (in_target) text += fmt::format(" (--ignore {} leaves such targets out)", label);
  return {in_target ? item.target : item.prediction, std::move(text)};
}

/// Evaluates images one at a time and sums what it counted.
class worker {
 public:
  worker(batch& all, const context_options& on)
      : all_(all),
        on_(on),
        total_(static_cast<std::size_t>(all.options.classes * all.options.classes)) {}

  void run() {
    for (std::size_t i = all_.next++; i < all_.items.size(); i = all_.next++) {
      all_.outcomes[i] = evaluate(i);
      all_.bar.advance();
    }
  }

  [[nodiscard]] const std::vector<std::int64_t>& total() const { return total_; }

 private:
  outcome evaluate(std::size_t index) {
    outcome out;
    const std::optional<label_map> prediction = load_map(all_, index, side::prediction, out);
    const std::optional<label_map> target = load_map(all_, index, side::target, out);
    if (!prediction || !target) return out;
    const work_item& item = all_.items[index];
    if (prediction->height != target->height || prediction->width != target->width) {
      out.problems.push_back(
          {item.prediction,
           fmt::format("has {} x {} pixels, but its target {} has {} x {}", prediction->width,
                       prediction->height, item.target, target->width, target->height)});
      return out;
    }
    try {
      count(item, *prediction, *target, out);
    } catch (const error& e) {
      if (e.code() != errc::out_of_memory) throw;
      out.problems.push_back({item.prediction, e.what()});
    }
    return out;
  }

  void count(const work_item& item, const label_map& prediction, const label_map& target,
             outcome& out) {
    const label_options labels{.classes = all_.options.classes, .ignore = all_.options.ignore};
    const confusion counted =
        on_.is_cpu()
            ? confusion_matrix(on_, prediction.view(), target.view(), labels)
            : confusion_matrix(on_, to(on_, prediction.view()), to(on_, target.view()), labels);
    const std::vector<std::int64_t> counts = counted.host_counts();
    const scores ratios = scores_of(counts, labels.classes, labels.ignore);
    for (std::size_t i = 0; i < counts.size(); ++i) total_[i] += counts[i];
    const std::int64_t bad = counted.bad_labels();
    out.image = image_result{item.name,      target.height, target.width,    ratios.valid,
                             ratios.correct, bad,           ratios.accuracy, ratios.mean_iou};
    if (bad > 0) {
      out.problems.push_back(describe_bad_labels(all_.options, item, prediction, target, counted));
    }
  }

  batch& all_;
  context on_;
  std::vector<std::int64_t> total_;
};

int worker_count(const evaluate_options& options, std::size_t items, int threads) {
  // A worker holds its total, an image's counts on the device and their copy.
  const std::int64_t worker_bytes = options.classes * options.classes * 3 * 8;
  const std::int64_t by_memory = std::max<std::int64_t>(1, matrix_budget_bytes / worker_bytes);
  const auto by_items = static_cast<std::int64_t>(std::max<std::size_t>(1, items));
  return static_cast<int>(std::min({std::int64_t{threads}, by_memory, by_items}));
}

void collect(std::vector<outcome>& outcomes, evaluation& out) {
  for (outcome& one : outcomes) {
    if (one.image) {
      out.bad_labels += one.image->bad_labels;
      out.images.push_back(std::move(*one.image));
    }
    std::move(one.problems.begin(), one.problems.end(), std::back_inserter(out.problems));
  }
}

}  // namespace

evaluation evaluate(const evaluate_options& options, const std::vector<work_item>& items,
                    const map_loader& load, progress& bar) {
  const auto most = static_cast<int>(
      tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
  const int threads = options.threads == 0 ? most : std::min(options.threads, most);
  const int workers = worker_count(options, items.size(), threads);
  // Where there are fewer images than threads, the threads join in counting each.
  const context_options on{.device = options.device, .threads = std::max(1, threads / workers)};
  evaluation out;
  {
    const context probe(on);
    out.device = probe.device();
    out.isa = probe.isa();
  }
  out.threads = threads;
  out.classes = options.classes;
  out.ignore = options.ignore;
  out.counts.resize(static_cast<std::size_t>(options.classes * options.classes));

  batch all{options, items, load, bar, {}, std::vector<outcome>(items.size())};
  std::mutex merging;
  tbb::task_arena arena(threads);
  arena.execute([&] {
    const auto work = [&](int) {
      try {
        worker one(all, on);
        one.run();
        const std::lock_guard lock(merging);
        for (std::size_t i = 0; i < out.counts.size(); ++i) out.counts[i] += one.total()[i];
      } catch (...) {
        all.next = items.size();  // the others stop at their next image
        throw;
      }
    };
    // No two workers in one chunk: the first would leave the second nothing to do.
    tbb::parallel_for(0, workers, work, tbb::simple_partitioner());
  });
  collect(all.outcomes, out);
  out.totals = scores_of(out.counts, options.classes, options.ignore);
  return out;
}

}  // namespace bitwhere::tool
