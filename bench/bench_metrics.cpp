// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/metrics.hpp>

#include <memory>
#include <optional>
#include <type_traits>

#include "harness.hpp"
#include "values.hpp"

namespace bitwhere::bench {
namespace {

enum class pattern { random, blocky, one_class };

// The two maps of a case as functions of the index. A sixteenth of the pixels is ignored, but for
// one_class.
struct label_maps {
  pattern kind;
  std::int64_t classes;
  std::int64_t ignored;

  [[nodiscard]] std::int64_t target(std::int64_t i) const {
    if (kind == pattern::one_class) return classes / 2;
    // Blocks are as wide as things in a picture are.
    const std::int64_t at = kind == pattern::blocky ? i / 64 : i;
    if (mix(at, 3) % 16 == 0) return ignored;
    return static_cast<std::int64_t>(mix(at, 1) % static_cast<std::uint64_t>(classes));
  }

  [[nodiscard]] std::int64_t prediction(std::int64_t i) const {
    if (kind == pattern::one_class) return classes / 2;
    const std::int64_t at = kind == pattern::blocky ? i / 16 : i;
    const bool right = mix(at, 4) % 8 != 0;
    const std::int64_t t = target(i);
    if (kind == pattern::blocky && right && t != ignored) return t;
    return static_cast<std::int64_t>(mix(at, 2) % static_cast<std::uint64_t>(classes));
  }
};

struct label_tensors {
  label_tensors(tensor p, tensor t, tensor counts_, tensor report_)
      : prediction(std::move(p)),
        target(std::move(t)),
        counts(std::move(counts_)),
        report(std::move(report_)),
        c_prediction(prediction.c()),
        c_target(target.c()),
        c_counts(counts.c()) {}

  tensor prediction, target, counts, report;
  bw_tensor c_prediction, c_target, c_counts;
  std::int64_t ignored = 0;
  bw_label_options c_options = {};
  // Which pixels count: this tensor, or where it is above a half.
  std::optional<tensor> held;
  std::optional<condition> where;
  std::optional<condition::c_tree> c_where;
};

template <class T>
std::shared_ptr<label_tensors> label_tensors_of(const context& on, dtype type, std::int64_t n,
                                                const label_maps& maps, const shape_t& counts) {
  auto out = std::make_shared<label_tensors>(
      made(on, {n}, type, [=](std::int64_t i) { return static_cast<T>(maps.prediction(i)); }),
      made(on, {n}, type, [=](std::int64_t i) { return static_cast<T>(maps.target(i)); }),
      empty(on, counts, i64), empty(on, {2}, i64));
  out->ignored = maps.ignored;
  out->c_options.struct_bytes = sizeof(bw_label_options);
  out->c_options.classes = maps.classes;
  out->c_options.ignore = &out->ignored;
  out->c_options.ignore_count = 1;
  return out;
}

template <class T>
traffic traffic_of(const label_tensors& all) {
  constexpr int size = sizeof(T);
  return {{all.prediction.data(), all.target.data(), nullptr},
          {size, size, 0},
          nullptr,
          0,
          all.target.size()};
}

// Adds one(i, counts) for every i < n, which may add to any of `cells` counts.
template <class One>
std::vector<std::int64_t> counted(std::int64_t n, std::int64_t cells, One one) {
  std::vector<std::atomic<std::int64_t>> sum(static_cast<std::size_t>(cells));
  in_parts(n, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> mine(static_cast<std::size_t>(cells), 0);
    for (std::int64_t i = begin; i < end; ++i) one(i, mine);
    for (std::size_t c = 0; c < mine.size(); ++c) sum[c] += mine[c];
  });
  return {sum.begin(), sum.end()};
}

std::string compare(const tensor& out, const std::vector<std::int64_t>& right) {
  return first_wrong(out, [&](std::int64_t i) { return right[static_cast<std::size_t>(i)]; });
}

template <class T>
instance confusion_of(const context& on, dtype type, const label_maps& maps, std::int64_t n) {
  const auto all = label_tensors_of<T>(on, type, n, maps, {maps.classes, maps.classes});
  instance it;
  it.call = [=](const context& with) {
    with.check(bw_confusion_matrix(with.get(), &all->c_prediction, &all->c_target, &all->c_options,
                                   &all->c_counts, static_cast<bw_report*>(all->report.data())));
  };
  it.wrong = [=] {
    const auto right = counted(
        n, maps.classes * maps.classes, [&](std::int64_t i, std::vector<std::int64_t>& into) {
          const std::int64_t t = maps.target(i);
          if (t == maps.ignored) return;
          ++into[static_cast<std::size_t>(t * maps.classes + maps.prediction(i))];
        });
    const std::string wrong = compare(all->counts, right);
    return wrong.empty() ? compare(all->report, {0, -1}) : wrong;
  };
  it.bytes = 2 * n * static_cast<std::int64_t>(sizeof(T)) + 8 * maps.classes * maps.classes;
  it.plain = traffic_of<T>(*all);
  return it;
}

template <class T>
bench_case confusion_case(const std::string& name, dtype type, const label_maps& maps,
                          std::int64_t elements, double goal) {
  bench_case out = {.operation = "confusion", .name = name, .elements = elements, .goal = goal};
  out.cuda_goal = sizeof(T) == 8 ? 0.88 : 0.50;
  out.make = [=](const context& on, std::int64_t n) { return confusion_of<T>(on, type, maps, n); };
  return out;
}

// Which pixels a condition keeps: three of four, in spots as wide as those of confidence are.
bool kept(std::int64_t i) { return mix(i / 16, 5) % 4 != 0; }

// Counts under a mask or under confidence > 0.5.
template <class Held>
instance conditional_confusion_of(const context& on, const label_maps& maps, std::int64_t n) {
  constexpr bool is_mask = std::is_same_v<Held, bool>;
  const auto all = label_tensors_of<std::uint8_t>(on, u8, n, maps, {maps.classes, maps.classes});
  all->held = made(on, {n}, is_mask ? boolean : f32, [](std::int64_t i) {
    return is_mask ? Held(kept(i)) : kept(i) ? Held(0.75) : Held(0.25);
  });
  if constexpr (is_mask) {
    all->where = condition(*all->held);
  } else {
    all->where = *all->held > 0.5;
  }
  all->c_where.emplace(*all->where);
  all->c_options.condition = all->c_where->get();
  instance it;
  it.call = [=](const context& with) {
    with.check(bw_confusion_matrix(with.get(), &all->c_prediction, &all->c_target, &all->c_options,
                                   &all->c_counts, static_cast<bw_report*>(all->report.data())));
  };
  it.wrong = [=] {
    const auto right = counted(
        n, maps.classes * maps.classes, [&](std::int64_t i, std::vector<std::int64_t>& into) {
          const std::int64_t t = maps.target(i);
          if (t == maps.ignored || !kept(i)) return;
          ++into[static_cast<std::size_t>(t * maps.classes + maps.prediction(i))];
        });
    const std::string wrong = compare(all->counts, right);
    return wrong.empty() ? compare(all->report, {0, -1}) : wrong;
  };
  constexpr int size = sizeof(Held);
  it.bytes = n * (2 + size) + 8 * maps.classes * maps.classes;
  it.plain = {
      {all->prediction.data(), all->target.data(), all->held->data()}, {1, 1, size}, nullptr, 0, n};
  return it;
}

template <class Held>
bench_case conditional_case(const std::string& name, std::int64_t elements) {
  const label_maps maps = {pattern::blocky, 21, 255};
  bench_case out = {.operation = "confusion", .name = name, .elements = elements};
  out.cuda_goal = 0.50;
  out.make = [=](const context& on, std::int64_t n) {
    return conditional_confusion_of<Held>(on, maps, n);
  };
  return out;
}

template <class T>
instance accuracy_of(const context& on, dtype type, const label_maps& maps, std::int64_t n) {
  const auto all = label_tensors_of<T>(on, type, n, maps, {2});
  instance it;
  it.call = [=](const context& with) {
    with.check(bw_accuracy(with.get(), &all->c_prediction, &all->c_target, &all->c_options,
                           &all->c_counts));
  };
  it.wrong = [=] {
    const auto right = counted(n, 2, [&](std::int64_t i, std::vector<std::int64_t>& into) {
      const std::int64_t t = maps.target(i);
      if (t == maps.ignored) return;
      if (t == maps.prediction(i)) ++into[0];
      ++into[1];
    });
    return compare(all->counts, right);
  };
  it.bytes = 2 * n * static_cast<std::int64_t>(sizeof(T)) + 16;
  it.plain = traffic_of<T>(*all);
  return it;
}

template <class T>
bench_case accuracy_case(const std::string& name, dtype type, std::int64_t elements) {
  const label_maps maps = {pattern::blocky, 21, 255};
  bench_case out = {.operation = "accuracy", .name = name, .elements = elements, .goal = 0.85};
  out.cuda_goal = 0.88;
  out.make = [=](const context& on, std::int64_t n) { return accuracy_of<T>(on, type, maps, n); };
  return out;
}

bench_case with_small_sizes(bench_case out) {
  out.small_sizes = true;
  return out;
}

bench_case as_call(bench_case out) {
  out.name += "_call";
  out.call_cost = true;
  out.cuda_goal = 0;
  return out;
}

}  // namespace

// The large sizes hold 256 MB to 1 GB each.
std::vector<bench_case> cases() {
  using std::int16_t;
  using std::int64_t;
  using std::uint8_t;
  constexpr int64_t many = 1 << 26;
  constexpr int64_t many_bytes = 1 << 27;
  const auto maps = [](pattern kind, int64_t classes) {
    // Outside the classes, whatever their number.
    return label_maps{kind, classes, classes <= 255 ? 255 : -100};
  };
  const bench_case confusion_21 =
      confusion_case<int64_t>("i64_21_random", i64, maps(pattern::random, 21), many, 0.50);
  const bench_case accuracy_i64 = accuracy_case<int64_t>("i64", i64, many);
  return {
      with_small_sizes(accuracy_i64),
      accuracy_case<uint8_t>("u8", u8, many_bytes),
      with_small_sizes(confusion_21),
      with_small_sizes(
          confusion_case<int64_t>("i64_21_blocky", i64, maps(pattern::blocky, 21), many, 0.50)),
      with_small_sizes(confusion_case<int64_t>("i64_21_one_class", i64,
                                               maps(pattern::one_class, 21), many, 0.50)),
      confusion_case<uint8_t>("u8_21_random", u8, maps(pattern::random, 21), many_bytes, 0),
      confusion_case<uint8_t>("u8_21_blocky", u8, maps(pattern::blocky, 21), many_bytes, 0),
      confusion_case<uint8_t>("u8_21_one_class", u8, maps(pattern::one_class, 21), many_bytes, 0),
      confusion_case<uint8_t>("u8_2_random", u8, maps(pattern::random, 2), many_bytes, 0),
      confusion_case<uint8_t>("u8_2_blocky", u8, maps(pattern::blocky, 2), many_bytes, 0),
      confusion_case<uint8_t>("u8_2_one_class", u8, maps(pattern::one_class, 2), many_bytes, 0),
      confusion_case<uint8_t>("u8_150_random", u8, maps(pattern::random, 150), many_bytes, 0),
      confusion_case<uint8_t>("u8_150_blocky", u8, maps(pattern::blocky, 150), many_bytes, 0),
      confusion_case<uint8_t>("u8_150_one_class", u8, maps(pattern::one_class, 150), many_bytes, 0),
      confusion_case<int16_t>("i16_1000_random", i16, maps(pattern::random, 1000), many, 0),
      confusion_case<int16_t>("i16_1000_blocky", i16, maps(pattern::blocky, 1000), many, 0),
      confusion_case<int16_t>("i16_1000_one_class", i16, maps(pattern::one_class, 1000), many, 0),
      conditional_case<bool>("u8_21_where_mask", many_bytes),
      conditional_case<float>("u8_21_where_above_half", many),
      confusion_case<int64_t>("i64_150_random", i64, maps(pattern::random, 150), many, 0),
      confusion_case<int64_t>("i64_150_blocky", i64, maps(pattern::blocky, 150), many, 0),
      confusion_case<int64_t>("i64_1000_random", i64, maps(pattern::random, 1000), many, 0),
      confusion_case<int64_t>("i64_1000_blocky", i64, maps(pattern::blocky, 1000), many, 0),
      as_call(accuracy_i64),
      as_call(confusion_21),
  };
}

}  // namespace bitwhere::bench
