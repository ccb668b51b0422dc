// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "reduction.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include "../../../kernels/metrics/label_formula.hpp"
#include "../../../kernels/reduce/reduce_formula.hpp"
#include "../../../kernels/reduce/reduce_units.hpp"
#include "../../../kernels/tuning.hpp"

namespace bitwhere::device {
namespace {

namespace tuning = kernels::tuning;

constexpr kernels::report nothing_found = {0, -1};

// Outputs that are finished, or partials that are merged, at a time.
constexpr int64_t outputs_at_a_time = 1024;

void give_report(const std::vector<kernels::report>& found, kernels::report* to) {
  if (to == nullptr) return;
  *to = nothing_found;
  for (const kernels::report& part : found) kernels::merge(*to, part);
}

// Calls body(worker, begin, end) for parts of `items`.
template <class Body>
int for_each_part(thread_team& team, int64_t bytes, int64_t items, int64_t a_part, Body body) {
  const int64_t parts = kernels::quotient_up(items, a_part);
  const int workers = team.workers_for(bytes, parts);
  team.run(workers, parts, [&](int worker, int64_t k) {
    body(worker, k * a_part, std::min((k + 1) * a_part, items));
  });
  return workers;
}

int finish_all(const reduction_means& with, const kernels::finish_args& args,
               const int64_t* partials, int64_t outputs, int64_t words, kernels::report* report) {
  std::vector<kernels::report> found(static_cast<size_t>(with.team.size()), nothing_found);
  const int workers =
      for_each_part(with.team, outputs * words * 8, outputs, outputs_at_a_time,
                    [&](int worker, int64_t begin, int64_t end) {
                      for (int64_t n = begin; n < end; ++n) {
                        if (kernels::finish_partial(args, partials + n * words, n)) continue;
                        kernels::merge(found[static_cast<size_t>(worker)], kernels::report{1, n});
                      }
                    });
  give_report(found, report);
  return workers;
}

// Partials of nothing: where outputs are split, what their parts are merged into.
void clear_partials(const plan::reduce_plan& plan, int64_t* partials) {
  const kernels::finish_args& to = plan.args.finish;
  const int64_t tag = kernels::tag_of(to.by, to.type);
  kernels::with_state(kernels::kind_of(to.by, to.type), [&]<class State>(State*) {
    kernels::partial<State> none;
    kernels::clear(none, tag);
    for (int64_t n = 0; n < plan.outputs; ++n) {
      std::memcpy(partials + n * plan.words, &none, sizeof none);
    }
  });
}

int64_t* room_for_partials(const reduction_means& with, const plan::reduce_plan& plan,
                           int64_t more) {
  const auto bytes = static_cast<size_t>((plan.outputs + more) * plan.words) * sizeof(int64_t);
  return static_cast<int64_t*>(with.workspace(bytes));
}

int finish_partials(const reduction_means& with, const plan::reduce_plan& plan,
                    const int64_t* partials, int workers) {
  if (plan.partials != nullptr) return workers;
  return std::max(
      workers, finish_all(with, plan.args.finish, partials, plan.outputs, plan.words, plan.report));
}

// The results of outputs without an element; every one of them is reported.
int finish_nothing(const reduction_means& with, const plan::reduce_plan& plan) {
  const kernels::finish_args& to = plan.args.finish;
  int workers = 1;
  kernels::with_state(kernels::kind_of(to.by, to.type), [&]<class State>(State*) {
    kernels::partial<State> none;
    kernels::clear(none, kernels::tag_of(to.by, to.type));
    workers = for_each_part(with.team, plan.bytes, plan.outputs, outputs_at_a_time,
                            [&](int, int64_t begin, int64_t end) {
                              for (int64_t n = begin; n < end; ++n) {
                                kernels::store_result(to, none, n);
                              }
                            });
  });
  if (plan.report != nullptr) *plan.report = {plan.outputs, 0};
  return workers;
}

int reduce_nothing(const reduction_means& with, const plan::reduce_plan& plan) {
  if (plan.partials == nullptr) return finish_nothing(with, plan);
  clear_partials(plan, plan.partials);
  return 1;
}

// Every unit is one thread's.
int reduce_whole(const reduction_means& with, const plan::reduce_plan& plan, int64_t units,
                 int64_t unit_elements) {
  const kernels::reduce_args& args = plan.args;
  const int64_t a_part = std::max<int64_t>(tuning::cpu_block_elements / unit_elements, 1);
  std::vector<kernels::report> found(static_cast<size_t>(with.team.size()), nothing_found);
  const int workers = for_each_part(
      with.team, plan.bytes, units, a_part, [&](int worker, int64_t begin, int64_t end) {
        with.kernels.reduce(args, begin, end, 0, args.reduced, plan.partials, false,
                            found[static_cast<size_t>(worker)]);
      });
  if (plan.partials == nullptr) give_report(found, plan.report);
  return workers;
}

// Units are cut, their parts reduced side by side and merged: the order does not matter.
int reduce_split(const reduction_means& with, const plan::reduce_plan& plan, int64_t units,
                 int64_t a_part) {
  const kernels::reduce_args& args = plan.args;
  const int64_t rows = kernels::unit_rows(args);
  const int64_t parts = kernels::quotient_up(args.reduced, a_part);
  const int workers = with.team.workers_for(plan.bytes, units * parts);
  int64_t* const room = room_for_partials(with, plan, rows * workers);
  int64_t* const partials = plan.partials != nullptr ? plan.partials : room;
  clear_partials(plan, partials);
  std::mutex merging;
  with.team.run(workers, units * parts, [&](int worker, int64_t k) {
    const int64_t unit = k / parts;
    const int64_t begin = k % parts * a_part;
    int64_t* const mine = room + (plan.outputs + rows * worker) * plan.words;
    kernels::report unused = nothing_found;
    with.kernels.reduce(args, unit, unit + 1, begin, std::min(begin + a_part, args.reduced), mine,
                        true, unused);
    int64_t index[kernels::max_rank];
    const kernels::unit_outputs outputs = kernels::outputs_of_unit(args, unit, index);
    const std::lock_guard lock(merging);
    for (int64_t r = 0; r < outputs.count; ++r) {
      kernels::merge_partials(partials + (outputs.first + r * outputs.step) * plan.words,
                              mine + r * plan.words, plan.words);
    }
  });
  return finish_partials(with, plan, partials, workers);
}

}  // namespace

int reduce(const reduction_means& with, const plan::reduce_plan& plan) {
  if (plan.outputs == 0) {
    give_report({}, plan.report);
    return 1;
  }
  if (plan.args.s.elements == 0) return reduce_nothing(with, plan);
  const int64_t units = kernels::units_of(plan.args);
  const int64_t rows = kernels::unit_rows(plan.args);
  const int64_t unit_elements = rows * plan.args.reduced;
  // Elements of each output that are a thread's at a time: tiles, and blocks, stay whole.
  const int64_t a_part = std::max<int64_t>(
      kernels::quotient_up(tuning::cpu_block_elements / rows, tuning::cpu_reduce_tile) *
          tuning::cpu_reduce_tile,
      tuning::cpu_reduce_tile);
  const bool enough = units >= int64_t{8} * with.team.size();
  if (enough || plan.args.reduced <= a_part || with.team.size() == 1) {
    return reduce_whole(with, plan, units, unit_elements);
  }
  return reduce_split(with, plan, units, a_part);
}

int merge(const reduction_means& with, const plan::merge_plan& plan) {
  return for_each_part(with.team, plan.bytes, plan.partials, outputs_at_a_time,
                       [&](int, int64_t begin, int64_t end) {
                         for (int64_t n = begin; n < end; ++n) {
                           kernels::merge_partials(plan.into + n * plan.words,
                                                   plan.from + n * plan.words, plan.words);
                         }
                       });
}

int finish(const reduction_means& with, const plan::finish_plan& plan) {
  return finish_all(with, plan.args, plan.partials, plan.outputs, plan.words, plan.report);
}

}  // namespace bitwhere::device
