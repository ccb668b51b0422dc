// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
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

bw_status bw_score_convention(bw_convention convention, bw_score_options* options) {
  return api::call(nullptr, [&] { plan::set_convention(convention, options); });
}

bw_status bw_confusion_scores(const int64_t* counts, int64_t classes,
                              const bw_score_options* options, bw_scores* scores,
                              const bw_class_scores* per_class) {
  return api::call(nullptr, [&] { plan::score({counts, classes}, options, scores, per_class); });
}
