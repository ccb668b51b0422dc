// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/bitwhere.hpp>
#include <cstdio>
#include <vector>

namespace bw = bitwhere;

int main() try {
  bw::context cpu{"cpu"};  // every core, the best instruction set; or as BITWHERE_ISA says
  std::vector<float> x{0.5f, 0.0f, 1.0f, -2.0f};
  bw::tensor_view v = bw::view(x, {2, 2});  // borrows; owns its shape, so temporaries are safe
  bw::tensor safe = bw::where(cpu, v > 0 && isfinite(v), v, 1e-6);  // no mask in memory
  for (float f : safe.span<float>()) std::printf("%g ", f);
  auto [rows, columns] = bw::where<2>(cpu, v > 0);  // int64 coordinates
  std::printf("%zu hits\n", rows.span<std::int64_t>().size());

  std::vector<std::uint8_t> prediction{1, 2, 0, 0, 1, 2}, target{1, 255, 0, 0, 1, 255};
  bw::confusion seen = bw::confusion_matrix(cpu, bw::view(prediction), bw::view(target),
                                            {.classes = 3, .ignore = {255}});
  std::printf("accuracy %.4f, mIoU %.4f, bad labels %lld\n", seen.accuracy(), seen.mean_iou(),
              (long long)seen.bad_labels());

  std::vector<float> logits(2 * 3 * 4), weight{1, 5, 5};  // (N, C, H W)
  std::vector<std::int64_t> labels{0, 1, 2, 255, 1, 0, 2, 1};
  auto loss = bw::cross_entropy(cpu, bw::view(logits, {2, 3, 4}), bw::view(labels, {2, 4}),
                                {.weight = bw::view(weight), .ignore_index = 255});
  std::printf("loss %.7f\n", loss.item<float>());
  if (bw::cuda_available()) {  // the same calls, the same bits
    bw::context gpu{"cuda:0"};
    bw::tensor x_there = bw::to(gpu, bw::view(logits, {2, 3, 4}));
    bw::tensor labels_there = bw::to(gpu, bw::view(labels, {2, 4}));
    bw::tensor weight_there = bw::to(gpu, bw::view(weight));
    auto same = bw::cross_entropy(gpu, x_there, labels_there,
                                  {.weight = weight_there, .ignore_index = 255});
    std::printf("%a == %a\n", loss.item<float>(), same.item<float>());  // item() alone waits
  }
} catch (const bw::error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return int(e.code());
}
