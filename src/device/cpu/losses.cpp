// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "losses.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "../../../kernels/losses/class_gradient_formula.hpp"
#include "../../../kernels/metrics/label_formula.hpp"
#include "../../../kernels/tuning.hpp"
#include "cell_bins.hpp"

namespace bitwhere::device {
namespace {

namespace tuning = kernels::tuning;

// What is known of all elements, in the first of the partials. The order in which they are merged
// does not matter.
template <class Sum>
kernels::loss_partial<Sum>& merged(const kernels::loss_finish_args& args,
                                   kernels::loss_partial<Sum>* partials, int workers) {
  kernels::loss_partial<Sum>& all = partials[0];
  for (int worker = 1; worker < workers; ++worker) kernels::merge(all, partials[worker]);
  all.head.tag = kernels::tag_of(args);
  return all;
}

template <class Sum>
void finish(const kernels::loss_finish_args& args, const kernels::loss_partial<Sum>& all,
            kernels::report* report) {
  if (args.by != kernels::loss_reduction::none) kernels::store_loss(args, all);
  if (report != nullptr) *report = {all.head.bad, all.head.first_bad};
}

// The pass for what the scale of a gradient waits for.
template <class Args>
Args sums_alone(const Args& args) {
  Args out = args;
  out.gradient.wanted = out.gradient.each = false;
  out.finish.by =
      args.finish.dice ? kernels::loss_reduction::partial : kernels::loss_reduction::weights;
  return out;
}

template <class Args>
bool waits_for_sums(const Args& args) {
  return args.gradient.wanted && kernels::takes_sums(args.finish);
}

// Every worker adds to a partial of its own.
template <class Sum>
int binary_loss_with(const reduction_means& with, const plan::binary_loss_plan& plan) {
  using partial = kernels::loss_partial<Sum>;
  kernels::binary_loss_args args = plan.args;
  const int64_t parts = kernels::quotient_up(args.s.elements, tuning::cpu_block_elements);
  const int workers = std::max(with.team.workers_for(plan.bytes, parts), 1);
  auto* const partials =
      static_cast<partial*>(with.workspace(static_cast<size_t>(workers) * sizeof(partial)));
  const auto pass = [&](const kernels::binary_loss_args& of) -> const partial& {
    for (int worker = 0; worker < workers; ++worker) kernels::clear(partials[worker], 0);
    if (parts == 0) return merged(args.finish, partials, workers);
    with.team.run(workers, parts, [&](int worker, int64_t k) {
      const int64_t begin = k * tuning::cpu_block_elements;
      const int64_t end = std::min(begin + tuning::cpu_block_elements, args.s.elements);
      with.kernels.binary_loss(of, begin, end, reinterpret_cast<int64_t*>(partials + worker));
    });
    return merged(args.finish, partials, workers);
  };
  kernels::loss_scale scale;
  if (waits_for_sums(args)) {
    scale = kernels::scale_of(args.finish, args.gradient, pass(sums_alone(args)));
    args.gradient.scale = &scale;
  }
  finish(args.finish, pass(args), plan.report);
  return workers;
}

// Pixels that are a thread's at a time.
int64_t pixels_of_part(const kernels::class_loss_args& args) {
  constexpr int64_t block = 256;
  const bool targets_alone = args.of == kernels::class_loss::nll && !args.counts;
  const int64_t fit = tuning::cpu_block_elements / (targets_alone ? 1 : args.x.classes);
  return fit >= block ? fit / block * block : std::max<int64_t>(fit / 16 * 16, 16);
}

// Rooms that follow each other, each on cache lines of its own.
class room_list {
 public:
  size_t add(size_t bytes) {
    const size_t at = bytes_;
    bytes_ += (bytes + 63) / 64 * 64;
    return at;
  }
  size_t bytes() const { return bytes_; }

 private:
  size_t bytes_ = 0;
};

void clear_counts(const plan::class_loss_plan& plan) {
  if (plan.accumulate) return;
  const auto classes = static_cast<size_t>(plan.args.x.classes);
  if (plan.confusion != nullptr)
    std::memset(plan.confusion, 0, classes * classes * sizeof(int64_t));
  if (plan.agreement != nullptr) *plan.agreement = {};
}

template <class Sum>
struct term_of {
  using type = float;
};
template <>
struct term_of<kernels::f64_sum> {
  using type = double;
};

// What smoothing takes; `weights` are those of fill_class_weights.
template <class T>
double class_weight_sum(const kernels::class_loss_args& args, const unsigned char* weights) {
  const auto classes = static_cast<T>(args.x.classes);
  if (!args.class_weighted) return static_cast<double>(classes);
  if (args.smoothing == 0) return 0;
  const auto* const w = reinterpret_cast<const T*>(weights);
  return static_cast<double>(
      kernels::sum_of_class_weights<T>(args.x.classes, [&](int64_t c) { return w[c]; }));
}

template <class Sum>
int class_loss_with(const reduction_means& with, const plan::class_loss_plan& plan) {
  using partial = kernels::loss_partial<Sum>;
  kernels::class_loss_args args = plan.args;
  const int64_t a_part = pixels_of_part(args);
  const int64_t parts = kernels::quotient_up(args.s.elements, a_part);
  const int workers = std::max(with.team.workers_for(plan.bytes, parts), 1);
  const auto many = static_cast<size_t>(workers);
  cell_bins bins(args.x.classes, args.s.elements, 1, plan.confusion);
  room_list rooms;
  const size_t partials_at = rooms.add(many * sizeof(partial));
  const size_t stages_at = rooms.add(many * kernels::class_stage_bytes);
  const size_t weights_at = rooms.add(
      args.class_weighted ? static_cast<size_t>(args.x.classes) * sizeof(double) : size_t{0});
  const size_t bins_at = rooms.add(plan.confusion != nullptr ? bins.bytes(workers) : 0);
  auto* const memory = static_cast<unsigned char*>(with.workspace(rooms.bytes()));
  auto* const partials = reinterpret_cast<partial*>(memory + partials_at);
  clear_counts(plan);
  if (args.class_weighted) with.kernels.fill_class_weights(args, memory + weights_at);
  if (plan.confusion != nullptr && parts != 0) bins.begin(memory + bins_at, workers);
  std::vector<kernels::accuracy_counts> agreed(many, kernels::accuracy_counts{0, 0});
  const auto pass = [&](const kernels::class_loss_args& of) -> const partial& {
    for (int worker = 0; worker < workers; ++worker) kernels::clear(partials[worker], 0);
    if (parts == 0) return merged(args.finish, partials, workers);
    const bool counts_cells = of.counts && plan.confusion != nullptr;
    with.team.run(workers, parts, [&](int worker, int64_t k) {
      const auto mine = static_cast<size_t>(worker);
      const int64_t begin = k * a_part;
      const int64_t end = std::min(begin + a_part, args.s.elements);
      const kernels::histogram cells = bins.of(worker);
      with.kernels.class_loss(of, begin, end,
                              {.partial = reinterpret_cast<int64_t*>(partials + worker),
                               .stage = memory + stages_at + mine * kernels::class_stage_bytes,
                               .class_weight = memory + weights_at,
                               .cells = counts_cells ? &cells : nullptr,
                               .agreement = &agreed[mine]});
      if (counts_cells) bins.counted(worker, end - begin);
    });
    return merged(args.finish, partials, workers);
  };
  kernels::loss_scale scale;
  if (args.gradient.wanted) {
    if (kernels::takes_sums(args.finish)) {
      kernels::class_loss_args alone = sums_alone(args);
      alone.counts = false;
      scale = kernels::scale_of(args.finish, args.gradient, pass(alone));
    } else {
      scale = kernels::known_scale(args.finish, args.gradient);
    }
    scale.class_weights = class_weight_sum<typename term_of<Sum>::type>(args, memory + weights_at);
    args.gradient.scale = &scale;
  }
  const partial& all = pass(args);
  if (plan.confusion != nullptr && parts != 0) bins.end();
  if (plan.agreement != nullptr) {
    for (const kernels::accuracy_counts& part : agreed) {
      plan.agreement->correct = kernels::plus(plan.agreement->correct, part.correct);
      plan.agreement->valid = kernels::plus(plan.agreement->valid, part.valid);
    }
  }
  finish(args.finish, all, plan.report);
  return workers;
}

}  // namespace

void finish_loss(const plan::finish_loss_plan& plan) {
  const kernels::report found =
      plan.args.f64 ? kernels::finish_loss_partial<kernels::f64_sum>(plan.args, plan.words)
                    : kernels::finish_loss_partial<kernels::f32_sum>(plan.args, plan.words);
  if (plan.report != nullptr) *plan.report = found;
}

int class_loss(const reduction_means& with, const plan::class_loss_plan& plan) {
  return plan.args.finish.f64 ? class_loss_with<kernels::f64_sum>(with, plan)
                              : class_loss_with<kernels::f32_sum>(with, plan);
}

int binary_loss(const reduction_means& with, const plan::binary_loss_plan& plan) {
  return plan.args.finish.f64 ? binary_loss_with<kernels::f64_sum>(with, plan)
                              : binary_loss_with<kernels::f32_sum>(with, plan);
}

}  // namespace bitwhere::device
