// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>
#include <cmath>
#include <cstring>
#include <limits>

// Calls captured in a CUDA graph and replayed on other data. Capture refuses what waits or
// allocates behind the caller's back, so that this also shows that nothing does.
namespace bitwhere::test {
namespace {

TEST(GraphParity, ReplaysOnOtherData_cuda) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device: graphs were not tested";
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  {
    const context gpu({.device = "cuda:0", .stream = stream});
    const std::vector<float> first{1, -2, 3, -4};
    const std::vector<std::int64_t> labels{0, 1, 1, 7};
    const tensor x = to(gpu, view(first));
    const tensor target = to(gpu, view(labels));
    const tensor chosen = empty(gpu, {4}, f32);
    const tensor agreed = empty(gpu, {2}, i64);
    const tensor positive = empty(gpu, {}, i64);
    const tensor mixed = empty(gpu, {4}, f32);
    const tensor positive_mask = empty(gpu, {4}, boolean);
    const tensor room = empty(gpu, {9}, i64);
    const tensor_view every_third(room.data(), i64, shape_t{1}, shape_t{3}, gpu.memory(), 4);
    const tensor copied = empty(gpu, {4}, f32);
    const tensor target_cleaned = empty(gpu, {4}, i64);
    const tensor cleaned = empty(gpu, {4}, f32);
    const tensor replaced = empty(gpu, {3}, i64);
    confusion seen(gpu, {.classes = 2});
    const bw_tensor c_target = target.c();
    const bw_tensor c_agreed = agreed.c();
    const label_options options;
    const detail::c_label_options c_options(options, false);
    const tensor indices = empty(gpu, {2}, u8);
    const tensor_view pairs(x.data(), f32, shape_t{2, 2}, {}, gpu.memory());
    const tensor_view pair_targets(target.data(), i64, shape_t{2}, {}, gpu.memory());
    confusion scored(gpu, {.classes = 2});
    const tensor colors = to(gpu, palette{{1, 2, 3}, {4, 5, 6}});
    const tensor image = empty(gpu, {4, 3}, u8);
    const data_report outside_colors(gpu);
    const tensor labels_again = empty(gpu, {4}, i16);
    const tensor hit_rows = empty(gpu, {3, 2}, i64);
    const tensor hit_columns = empty(gpu, {2, 1}, i32);
    const tensor hits = empty(gpu, {3}, i32);
    const tensor positives = empty(gpu, {3}, f32);
    const found rows_found(gpu);
    const found columns_found(gpu);
    const found positives_found(gpu);
    const tensor sigmoids = empty(gpu, {4}, f32);
    const tensor quotients = empty(gpu, {4}, f32);
    const tensor total = empty(gpu, {}, f32);
    const tensor pair_means = empty(gpu, {2}, f64);
    const tensor room_for_largest = empty(gpu, {9}, f32);
    const tensor_view largest_of_pairs(room_for_largest.data(), f32, shape_t{2}, shape_t{3},
                                       gpu.memory());
    const tensor first_positive = empty(gpu, {1}, i64);
    const data_report empty_means(gpu);
    const tensor words = empty(gpu, {19}, i64);
    const tensor more_words = empty(gpu, {19}, i64);
    const tensor merged_total = empty(gpu, {}, f64);
    const tensor loss = empty(gpu, {}, f32);
    const data_report bad_targets(gpu);
    const tensor of_pairs = empty(gpu, {2}, f32);
    const tensor pair_slopes = empty(gpu, {2, 2}, f32);
    const tensor pair_mean = empty(gpu, {}, f32);
    const tensor mean_slopes = empty(gpu, {4}, f32);
    const tensor log_slopes = empty(gpu, {4}, f32);
    const tensor side_slopes = empty(gpu, {1}, f32);
    const tensor pair_words = empty(gpu, {33}, i64);
    const bw_tensor c_x = x.c();
    const bw_tensor c_words = words.c();
    const bw_tensor c_more_words = more_words.c();
    const bw_tensor c_merged_total = merged_total.c();
    const auto enqueue = [&] {
      binary_cross_entropy_with_logits(gpu, x, target, {.mask = isfinite(x)}, loss,
                                       bad_targets.c());
      cross_entropy(gpu, pairs, pair_targets, {.reduction = loss_reduction::none}, of_pairs);
      cross_entropy(gpu, pairs, pair_targets, {.gradient = pair_slopes}, pair_mean);
      cross_entropy(gpu, pairs, pair_targets,
                    {.element_weight = pair_means, .reduction = loss_reduction::partial},
                    pair_words);
      mean_gradient(gpu, total, {.where = x > 0}, mean_slopes);
      safe_log_gradient(gpu, x, x, {}, log_slopes);
      where_gradient(gpu, x > 0, x, {.x = side_slopes});
      sum(gpu, x, {.where = isfinite(x)}, total);
      mean(gpu, pairs, {.where = pairs > 0, .dims = {1}}, pair_means, empty_means.c());
      amax(gpu, pairs, {.dims = {0}}, largest_of_pairs);
      argmin(gpu, x, {.where = x > 0, .keepdim = true}, first_positive);
      gpu.check(bw_reduce_partial(gpu.get(), BW_SUM, &c_x, nullptr, &c_words));
      gpu.check(bw_reduce_partial(gpu.get(), BW_SUM, &c_x, nullptr, &c_more_words));
      gpu.check(bw_merge_partials(gpu.get(), &c_more_words, &c_words));
      gpu.check(
          bw_finish_partials(gpu.get(), BW_SUM, &c_words, f32, nullptr, &c_merged_total, nullptr));
      sigmoid(gpu, x, {.where = x > 0, .otherwise = -1}, sigmoids);
      safe_div(gpu, 6, target, {.otherwise = -1}, quotients);
      argmax(gpu, pairs, 1, indices);
      scored.add(pairs, pair_targets);
      colorize(gpu, target, colors, {.outside_color = {7, 7, 7}}, image, &outside_colors);
      decolorize(gpu, image, colors, {.unknown = -1}, labels_again);
      nonzero(gpu, pairs > 1, {}, hit_rows, rows_found.c());
      nonzero(gpu, pairs > 0, {.form = index_form::columns}, hit_columns, columns_found.c());
      nonzero(gpu, x < 0, {.form = index_form::flat, .fill = 9}, hits);
      masked_select(gpu, x, x > 0, {.fill = -5}, positives, positives_found.c());
      where(gpu, x > 0, x, 0, chosen);
      seen.add(target, target);
      gpu.check(bw_accuracy(gpu.get(), &c_target, &c_target, c_options.get(), &c_agreed));
      count_nonzero(gpu, x > 0 && isfinite(x), {}, positive);
      where(gpu, x < 0, target, x, mixed);
      count_nonzero(gpu, x > 0, {.dims = {0}, .keepdim = true}, every_third);
      mask(gpu, x > 0, positive_mask);
      copy(gpu, chosen, copied);
      nan_to_num(gpu, target, {}, target_cleaned, nullptr);
      nan_to_num(gpu, x, {.posinf = 9}, cleaned, static_cast<bw_replaced*>(replaced.data()));
    };
    enqueue();  // the first launch loads the kernels, which capture does not allow
    gpu.synchronize();

    cudaGraph_t graph = nullptr;
    cudaGraphExec_t replay = nullptr;
    ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
    enqueue();
    ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
    ASSERT_EQ(cudaGraphInstantiate(&replay, graph, 0), cudaSuccess);
    const std::vector<float> second{-1, 2, -3, std::numeric_limits<float>::infinity()};
    copy(gpu, view(second), x);
    for (int k = 0; k < 3; ++k) ASSERT_EQ(cudaGraphLaunch(replay, stream), cudaSuccess);
    std::vector<float> host(4);
    copy(gpu, chosen, view(host));
    EXPECT_EQ(host, (std::vector<float>{0, 2, 0, second[3]}));
    EXPECT_EQ(positive.item<std::int64_t>(), 1);
    std::int64_t counted = 0;
    copy(gpu, every_third, tensor_view(&counted, i64, shape_t{1}));
    EXPECT_EQ(counted, 2) << "a count that is not aligned";
    // softplus of -1, -2 and 3: the infinite logit is masked, and so is its bad target.
    EXPECT_NEAR(loss.item<float>(), (0.3132617f + 0.1269280f + 3.0485874f) / 3, 1e-6f);
    EXPECT_EQ(bad_targets.count(), 0);
    const context cpu("cpu");
    const tensor on_cpu = cross_entropy(cpu, view(second, {2, 2}), to(cpu, pair_targets),
                                        {.reduction = loss_reduction::none});
    const tensor slopes_on_cpu = empty(cpu, {2, 2}, f32);
    cross_entropy(cpu, view(second, {2, 2}), to(cpu, pair_targets), {.gradient = slopes_on_cpu});
    std::vector<float> slopes(4);
    copy(gpu, pair_slopes, view(slopes, {2, 2}));
    EXPECT_EQ(std::memcmp(slopes.data(), slopes_on_cpu.data(), 16), 0) << "gradients as well";
    copy(gpu, mean_slopes, view(host));
    EXPECT_EQ(host, (std::vector<float>{0, -1, 0, -1})) << "the sum of the replay before, halved";
    copy(gpu, log_slopes, view(host));
    EXPECT_EQ(host[1], 1);
    EXPECT_TRUE(host[0] == 0 && host[2] == 0 && std::isnan(host[3]));
    EXPECT_EQ(side_slopes.item<float>(), second[3]);
    std::vector<float> pair_losses(2);
    copy(gpu, of_pairs, view(pair_losses));
    EXPECT_EQ(std::memcmp(pair_losses.data(), on_cpu.data(), 8), 0) << "the bits of the cpu";
    EXPECT_TRUE(std::isnan(loss_partial(to(cpu, pair_words)).finish().item<float>()));
    std::vector<std::uint8_t> truths(4);
    copy(gpu, positive_mask, view(truths.data(), boolean, {4}));
    EXPECT_EQ(truths, (std::vector<std::uint8_t>{0, 1, 0, 1}));
    copy(gpu, copied, view(host));
    EXPECT_EQ(host, (std::vector<float>{0, 2, 0, second[3]}));
    std::vector<std::int64_t> moved(4);
    copy(gpu, target_cleaned, view(moved));
    EXPECT_EQ(moved, labels);
    copy(gpu, mixed, view(host));
    EXPECT_EQ(host, (std::vector<float>{0, 2, 1, second[3]}));
    copy(gpu, cleaned, view(host));
    EXPECT_EQ(host, (std::vector<float>{-1, 2, -3, 9}));
    std::vector<std::int64_t> found_bad(3);
    copy(gpu, replaced, view(found_bad));
    EXPECT_EQ(found_bad, (std::vector<std::int64_t>{0, 1, 0}));
    std::vector<std::uint8_t> largest(2);
    copy(gpu, indices, view(largest));
    EXPECT_EQ(largest, (std::vector<std::uint8_t>{1, 1}));
    EXPECT_EQ(scored.host_counts(), (std::vector<std::int64_t>{1, 3, 1, 3}));
    std::vector<std::uint8_t> colored_pixels(12);
    copy(gpu, image, view(colored_pixels, {4, 3}));
    EXPECT_EQ(colored_pixels, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 4, 5, 6, 7, 7, 7}));
    EXPECT_EQ(outside_colors.count(), 1);
    EXPECT_EQ(outside_colors.first_index(), 3);
    std::vector<std::int16_t> back(4);
    copy(gpu, labels_again, view(back));
    EXPECT_EQ(back, (std::vector<std::int16_t>{0, 1, 1, -1}));
    std::vector<std::int64_t> coordinates(6);
    copy(gpu, hit_rows, view(coordinates, {3, 2}));
    EXPECT_EQ(coordinates, (std::vector<std::int64_t>{0, 1, 1, 1, -1, -1}));
    EXPECT_EQ(rows_found.count(), 2);
    EXPECT_FALSE(rows_found.overflow());
    std::vector<std::int32_t> narrow(2);
    copy(gpu, hit_columns, view(narrow, {2, 1}));
    EXPECT_EQ(narrow, (std::vector<std::int32_t>{0, 1}));
    EXPECT_EQ(columns_found.count(), 2);
    EXPECT_TRUE(columns_found.overflow());
    narrow.resize(3);
    copy(gpu, hits, view(narrow));
    EXPECT_EQ(narrow, (std::vector<std::int32_t>{0, 2, 9}));
    copy(gpu, quotients, view(host));
    EXPECT_EQ(host, (std::vector<float>{-1, 6, 6, 6.0f / 7}));
    copy(gpu, sigmoids, view(host));
    EXPECT_EQ(host, (std::vector<float>{-1, host[1], -1, 1}));
    EXPECT_NEAR(host[1], 0.88079708, 1e-7);
    host.resize(3);
    copy(gpu, positives, view(host));
    EXPECT_EQ(host, (std::vector<float>{2, second[3], -5}));
    EXPECT_EQ(positives_found.count(), 2);
    EXPECT_EQ(seen.host_counts(), (std::vector<std::int64_t>{4, 0, 0, 8}));
    EXPECT_EQ(seen.bad_labels(), 4);
    EXPECT_EQ(seen.first_bad_label(), 3);
    std::vector<std::int64_t> counts(2);
    copy(gpu, agreed, view(counts));
    EXPECT_EQ(counts, (std::vector<std::int64_t>{4, 4}));
    float summed = 0;
    copy(gpu, total, view(&summed, {}));
    EXPECT_EQ(summed, -2);
    std::vector<double> means(2);
    copy(gpu, pair_means, view(means));
    EXPECT_EQ(means, (std::vector<double>{2, std::numeric_limits<double>::infinity()}));
    EXPECT_EQ(empty_means.count(), 0);
    host.resize(2);
    copy(gpu, largest_of_pairs, view(host));
    EXPECT_EQ(host, (std::vector<float>{-1, second[3]}));
    std::int64_t position = 0;
    copy(gpu, first_positive, view(&position, {1}));
    EXPECT_EQ(position, 1);
    EXPECT_EQ(merged_total.item<double>(), std::numeric_limits<double>::infinity());
    EXPECT_EQ(cudaGraphExecDestroy(replay), cudaSuccess);

    // What waits is refused while a stream is captured, and leaves everything as it was.
    cudaGraph_t refused = nullptr;
    ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
    EXPECT_THROW(nonzero(gpu, x > 0), error);
    EXPECT_THROW(masked_select(gpu, x, x > 0), error);
    where(gpu, x > 0, x, 0, chosen);
    ASSERT_EQ(cudaStreamEndCapture(stream, &refused), cudaSuccess);
    EXPECT_EQ(cudaGraphDestroy(refused), cudaSuccess);
    EXPECT_EQ(nonzero(gpu, x > 0).shape()[0], 2);
    EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  }
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

}  // namespace
}  // namespace bitwhere::test
