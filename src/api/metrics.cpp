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

bw_status bw_confusion_scores(const int64_t* counts, int64_t classes, const int64_t* ignore,
                              size_t ignore_count, bw_scores* scores, double* class_accuracy,
                              double* class_iou) {
  return api::call(nullptr, [&] {
    plan::score({counts, classes}, {ignore, ignore_count}, scores, class_accuracy, class_iou);
  });
}
