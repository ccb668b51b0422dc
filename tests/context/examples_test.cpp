// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <gtest/gtest.h>

#include <bitwhere/bitwhere.hpp>

#include "../support/backends.hpp"

// The worked examples of the documentation, on every backend, through the C++ layer.
namespace bitwhere::test {
namespace {

using floats = std::vector<float>;
using bytes = std::vector<std::uint8_t>;

class Examples : public parity {
 protected:
  // The values of a result, on the host.
  template <class T = float>
  std::vector<T> values(const tensor& result) const {
    std::vector<T> host(static_cast<std::size_t>(result.size()));
    copy(result.on(), result, tensor_view(host.data(), result.type(), result.shape()));
    return host;
  }

  tensor mask(const bytes& truths, const shape_t& shape) const {
    bytes storage = truths;
    return to(on(), bitwhere::view(storage.data(), boolean, shape));
  }

  tensor matrix(const floats& data, const shape_t& shape) const {
    return to(on(), bitwhere::view(data, shape));
  }
};

TEST_P(Examples, ThreeWayChoice) {
  const tensor a = matrix({1, 2, 3, 4}, {4});
  const tensor b = matrix({10, 20, 30, 40}, {4});
  EXPECT_EQ(values(where(on(), mask({1, 0, 1, 0}, {4}), a, b)), (floats{1, 20, 3, 40}));
}

TEST_P(Examples, Broadcasting) {
  const tensor a = matrix({1, 2, 3, 4}, {2, 2});
  const tensor b = matrix({100}, {1, 1});
  EXPECT_EQ(values(where(on(), mask({1, 0, 0, 1}, {2, 2}), a, b)), (floats{1, 100, 100, 4}));
}

TEST_P(Examples, MaskInANetwork) {
  const tensor l = matrix({0.2f, -0.5f, 0.7f, -1.0f}, {4});
  const tensor zeros = matrix({0, 0, 0, 0}, {4});
  EXPECT_EQ(values(where(on(), l > 0, l, zeros)), (floats{0.2f, 0, 0.7f, 0}));
  const tensor with_scalar = where(on(), l > 0, l, 0);
  EXPECT_EQ(values(with_scalar), (floats{0.2f, 0, 0.7f, 0}));
  EXPECT_EQ(with_scalar.type(), f32);
}

TEST_P(Examples, KeepsThePositivesScores) {
  const tensor logits = matrix({0.9f, 0.3f, 0.8f, 0.1f}, {4});
  const tensor labels = to(on(), bitwhere::view(std::vector<std::int64_t>{1, 0, 1, 0}));
  EXPECT_EQ(values(where(on(), labels == 1, logits, 0)), (floats{0.9f, 0, 0.8f, 0}));
}

TEST_P(Examples, MasksAnImage) {
  const tensor image = matrix({100, 120, 130, 90, 0, 50, 255, 200, 180}, {3, 3});
  EXPECT_EQ(values(where(on(), image > 100, image, 0)),
            (floats{0, 120, 130, 0, 0, 0, 255, 200, 180}));
}

TEST_P(Examples, AccuracyWithoutIgnoredPixels) {
  const tensor prediction = to(on(), bitwhere::view(bytes{1, 2, 0, 0, 1, 2}, {2, 3}));
  const tensor target = to(on(), bitwhere::view(bytes{1, 255, 0, 0, 1, 255}, {2, 3}));
  const accuracy_result seen = accuracy(on(), prediction, target, {255});
  EXPECT_EQ(seen.correct, 4);
  EXPECT_EQ(seen.valid, 4);
  EXPECT_EQ(seen.ratio(), 1.0);
  const confusion counts =
      confusion_matrix(on(), prediction, target, {.classes = 3, .ignore = {255}});
  EXPECT_EQ(counts.accuracy(), 1.0);
  EXPECT_EQ(counts.mean_iou(), 1.0);
  EXPECT_EQ(counts.host_counts(), (std::vector<std::int64_t>{2, 0, 0, 0, 2, 0, 0, 0, 0}));
}

INSTANTIATE_TEST_SUITE_P(Backends, Examples, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace bitwhere::test
