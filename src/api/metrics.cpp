// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cstring>

#include "../plan/scores.hpp"
#include "call.hpp"

using namespace bitwhere;

bw_status bw_confusion_matrix(bw_context* context, const bw_tensor* prediction,
                              const bw_tensor* target, const bw_label_options* options,
                              const bw_tensor* counts, bw_report* report) {
  return api::call_with(context, [&](device::device& on) {
    on.confusion(plan::plan_confusion(on.placement(), prediction, target, options, counts, report));
  });
}

bw_status bw_accuracy(bw_context* context, const bw_tensor* prediction, const bw_tensor* target,
                      const bw_label_options* options, const bw_tensor* counts) {
  return api::call_with(context, [&](device::device& on) {
    on.accuracy(plan::plan_accuracy(on.placement(), prediction, target, options, counts));
  });
}

bw_status bw_argmax(bw_context* context, const bw_tensor* x, int32_t dim, const bw_tensor* out) {
  return api::call_with(context, [&](device::device& on) {
    on.argmax(plan::plan_argmax(on.placement(), x, dim, out));
  });
}

bw_status bw_score_convention(bw_convention convention, bw_score_options* options) {
  // A caller in C may pass any number, which C++ must not read as this enum.
  int32_t number = 0;
  static_assert(sizeof number == sizeof convention);
  std::memcpy(&number, &convention, sizeof number);
  return api::call(nullptr, [&] { plan::set_convention(number, options); });
}

bw_status bw_confusion_scores(const int64_t* counts, int64_t classes,
                              const bw_score_options* options, bw_scores* scores,
                              const bw_class_scores* per_class) {
  return api::call(nullptr, [&] { plan::score({counts, classes}, options, scores, per_class); });
}
