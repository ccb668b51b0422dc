// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "evaluate.hpp"

#include "count_image.hpp"
#include "matrix_memory.hpp"

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

struct outcome {
  bool done = false;
  std::optional<image_result> image;
  std::vector<problem> problems;
};

/// Everything that workers share.
struct batch {
  const evaluate_options& options;
  const std::vector<work_item>& items;
  const map_source& load;
  const evaluate_events& events;
  progress& bar;
  std::atomic<std::size_t> next = 0;
  std::vector<outcome> outcomes;  // one an item, so that no lock is needed
};

/// What `step` gives, or a problem of `file`.
template <class Step>
auto attempt(const std::string& file, std::vector<problem>& problems, const Step& step)
    -> std::optional<decltype(step())> {
  try {
    return step();
  } catch (const file_error& e) {
    problems.push_back({file, e.what()});
  } catch (const error& e) {
    if (e.code() != errc::out_of_memory) throw;
    problems.push_back({file, e.what()});
  } catch (const std::bad_alloc&) {
    problems.push_back({file, "needs more memory than there is"});
  }
  return std::nullopt;
}

/// Evaluates images one at a time and sums what it counted.
class worker {
 public:
  worker(batch& all, const context_options& on)
      : all_(all), on_(on), total_(empty_matrix(all.options.classes, on_.is_cpu())) {}

  void run() {
    for (std::size_t i = all_.next++; i < all_.items.size(); i = all_.next++) {
      if (all_.events.stopped && all_.events.stopped()) return;
      evaluate(i, all_.outcomes[i]);
      all_.outcomes[i].done = true;
      all_.bar.advance();
    }
  }

  [[nodiscard]] const std::vector<std::int64_t>& total() const { return total_; }
  [[nodiscard]] const loss_sums& loss() const { return loss_; }
  [[nodiscard]] const loss_sums& weighted_loss() const { return weighted_loss_; }

 private:
  void evaluate(std::size_t index, outcome& out) {
    const work_item& item = all_.items[index];
    const auto prediction =
        attempt(item.prediction, out.problems, [&] { return all_.load.prediction(index); });
    const auto target = attempt(item.target, out.problems, [&] { return all_.load.target(index); });
    if (!prediction || !target) return;
    auto counted = attempt(item.prediction, out.problems, [&] {
      return count_image(on_, all_.options, item, *prediction, *target);
    });
    if (!counted) return;
    for (std::size_t i = 0; i < total_.size(); ++i) total_[i] += counted->counts[i];
    loss_.add(counted->loss);
    weighted_loss_.add(counted->weighted_loss);
    if (counted->bad_labels) out.problems.push_back(std::move(*counted->bad_labels));
    counted->result.item = index;
    out.image = std::move(counted->result);
    if (!all_.events.counted) return;
    attempt(item.prediction, out.problems, [&] {
      announce(index, *prediction, *target, *out.image);
      return true;
    });
  }

  void announce(std::size_t index, const prediction_map& prediction, const label_map& target,
                const image_result& result) {
    if (const auto* labels = std::get_if<label_map>(&prediction)) {
      all_.events.counted(on_, index, *labels, target, result);
    } else {
      const label_map of_scores = labels_of(on_, std::get<score_map>(prediction));
      all_.events.counted(on_, index, of_scores, target, result);
    }
  }

  batch& all_;
  context on_;
  std::vector<std::int64_t> total_;
  loss_sums loss_;
  loss_sums weighted_loss_;
};

int worker_count(const evaluate_options& options, std::size_t items, int threads) {
  const bool on_cpu = context(context_options{.device = options.device, .threads = 1}).is_cpu();
  const auto by_items = static_cast<std::int64_t>(std::max<std::size_t>(1, items));
  const std::int64_t most = std::min<std::int64_t>(threads, by_items);
  return static_cast<int>(workers_that_fit(options.classes, most, on_cpu, available_bytes()));
}

void collect(std::vector<outcome>& outcomes, evaluation& out) {
  for (outcome& one : outcomes) {
    out.items_done += one.done ? 1 : 0;
    if (one.image) {
      out.bad_labels += one.image->bad_labels;
      out.images.push_back(std::move(*one.image));
    }
    std::move(one.problems.begin(), one.problems.end(), std::back_inserter(out.problems));
  }
}

}  // namespace

evaluation evaluate(const evaluate_options& options, const std::vector<work_item>& items,
                    const map_source& load, progress& bar, const evaluate_events& events) {
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
    out.counts = empty_matrix(options.classes, probe.is_cpu());
  }
  out.threads = threads;
  out.classes = options.classes;
  out.ignore = options.ignore;
  out.whose = options.whose;
  out.selected = options.selected;
  out.class_weights = options.class_weights;
  out.items_total = items.size();

  batch all{options, items, load, events, bar, {}, std::vector<outcome>(items.size())};
  std::mutex merging;
  loss_sums loss;
  loss_sums weighted_loss;
  tbb::task_arena arena(threads);
  arena.execute([&] {
    const auto work = [&](int) {
      try {
        worker one(all, on);
        one.run();
        const std::lock_guard lock(merging);
        for (std::size_t i = 0; i < out.counts.size(); ++i) out.counts[i] += one.total()[i];
        loss.add(one.loss());
        weighted_loss.add(one.weighted_loss());
      } catch (...) {
        all.next = items.size();  // the others stop at their next image
        throw;
      }
    };
    // No two workers in one chunk: the first would leave the second nothing to do.
    tbb::parallel_for(0, workers, work, tbb::simple_partitioner());
  });
  collect(all.outcomes, out);
  out.totals = scores_of(out.counts, options.classes, options.rules());
  const auto has_loss = [](const image_result& image) { return image.loss.has_value(); };
  if (std::ranges::any_of(out.images, has_loss)) {
    out.loss = loss.numbers(out.counts, {});
    if (!options.class_weights.empty()) {
      out.weighted_loss = weighted_loss.numbers(out.counts, options.class_weights);
    }
  }
  return out;
}

}  // namespace bitwhere::tool
