// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/nonzero.hpp>

#include <atomic>
#include <cmath>
#include <memory>
#include <optional>

#include "harness.hpp"
#include "values.hpp"

namespace bitwhere::bench {
namespace {

// So many hits among so many elements.
struct density {
  const char* name;
  int hits, elements;
};

constexpr density none = {"none", 0, 1};
constexpr density tenth_percent = {"0.1pct", 1, 1000};
constexpr density one_percent = {"1pct", 1, 100};
constexpr density ten_percent = {"10pct", 1, 10};
constexpr density half_of_all = {"half", 1, 2};
constexpr density most = {"99pct", 99, 100};
constexpr density every = {"all", 1, 1};

enum class pattern { random, blocky };
enum class source { mask, bytes, above_0 };  // bool; u8, of which what is not 0; f32, x > 0

struct question {
  density hits = half_of_all;
  pattern kind = pattern::random;
  source from = source::mask;
  int rank = 1;
  index_form form = index_form::rows;
  dtype index = i64;
  bool allocates = false;

  [[nodiscard]] bool hit(std::int64_t i) const {
    // Blocks are as wide as things in a picture are.
    const std::int64_t at = kind == pattern::blocky ? i / 64 : i;
    return static_cast<int>(mix(at, 6) % static_cast<std::uint64_t>(hits.elements)) < hits.hits;
  }
  [[nodiscard]] std::int64_t count(std::int64_t n) const {
    std::atomic<std::int64_t> sum{0};
    in_parts(n, [&](std::int64_t begin, std::int64_t end) {
      std::int64_t part = 0;
      for (std::int64_t i = begin; i < end; ++i) part += hit(i) ? 1 : 0;
      sum += part;
    });
    return sum;
  }
  [[nodiscard]] shape_t shape(std::int64_t n) const {
    if (rank == 1) return {n};
    if (rank == 2) return {n / 8192, 8192};
    if (rank == 3) return {n / (1080 * 1920), 1080, 1920};
    return {4, 16, n / (64 * 1024), 1024};
  }
  [[nodiscard]] int condition_bytes() const { return from == source::above_0 ? 4 : 1; }
  [[nodiscard]] int hit_bytes() const {
    return static_cast<int>(index.bytes()) * (form == index_form::flat ? 1 : rank);
  }
};

// Not 0 for every x, and of both signs.
float value_at(std::int64_t i) {
  const auto size = 1 + static_cast<float>(mix(i, 7) & 0xffff);
  return (mix(i, 8) & 1) != 0 ? size : -size;
}

tensor condition_data(const context& on, const question& q, const shape_t& shape) {
  switch (q.from) {
    case source::mask:
      return made(on, shape, boolean, [=](std::int64_t i) { return q.hit(i); });
    case source::bytes:
      return made(on, shape, u8, [=](std::int64_t i) {
        return static_cast<std::uint8_t>(q.hit(i) ? 1 + mix(i, 7) % 255 : 0);
      });
    default:
      return made(on, shape, f32, [=](std::int64_t i) {
        return q.hit(i) ? std::abs(value_at(i)) : -std::abs(value_at(i));
      });
  }
}

condition condition_of(source from, const tensor& x) {
  switch (from) {
    case source::mask:
      return condition(x);
    case source::bytes:
      return nonzero(x);
    default:
      return x > 0;
  }
}

// The plain loop walks along `elements` elements and their `hits` at a time, since it knows only
// whole bytes. What is left over at the end is less than a thousandth.
traffic plain_of(const density& of, const tensor& read, const tensor& write, int hit_bytes) {
  traffic out;
  out.read[0] = read.data();
  out.read_bytes[0] = static_cast<int>(read.type().bytes()) * of.elements;
  if (of.hits != 0) out.write = write.data();
  out.write_bytes = hit_bytes * of.hits;
  out.elements = read.size() / of.elements / 64 * 64;
  return out;
}

// Memory for so many hits and for what the plain loop writes, since random hits are some more or
// fewer than their share. Every page has been written.
tensor room_for(const context& on, const density& of, std::int64_t n, std::int64_t hits,
                int hit_bytes) {
  const std::int64_t most_hits = std::max(hits, n / of.elements * of.hits);
  return made(on, {most_hits * hit_bytes}, u8, [](std::int64_t) { return std::uint8_t{0}; });
}

// --- indices ---

// What is wrong with the indices, if they are not those of every hit of a walk from the first
// element to the last; else nothing.
template <class Index>
std::string first_wrong_index(const question& q, const shape_t& shape, std::int64_t hits,
                              const Index* found) {
  std::int64_t n = 1;
  for (const std::int64_t size : shape) n *= size;
  const auto rank = static_cast<std::int64_t>(shape.size());
  std::int64_t k = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (!q.hit(i)) continue;
    std::int64_t rest = i;
    for (std::int64_t d = rank; d-- > 0;) {
      const std::int64_t size = shape[static_cast<std::size_t>(d)];
      const std::int64_t at = q.form == index_form::rows ? k * rank + d : d * hits + k;
      if (q.form == index_form::flat) {
        if (found[k] != static_cast<Index>(i)) return "hit " + std::to_string(k) + " is wrong";
        break;
      }
      if (found[at] != static_cast<Index>(rest % size)) {
        return "hit " + std::to_string(k) + " is wrong";
      }
      rest /= size;
    }
    ++k;
  }
  return "";
}

shape_t index_shape(const question& q, std::int64_t hits) {
  if (q.form == index_form::flat) return {hits};
  if (q.form == index_form::rows) return {hits, q.rank};
  return {q.rank, hits};
}

// The tensor `out` of `on`, in host memory.
tensor brought(const context& on, const tensor_view& out) {
  tensor here(host(), out.shape(), out.type());
  copy(on, out, here);
  return here;
}

std::string wrong_indices(const context& on, const question& q, const shape_t& shape,
                          std::int64_t hits, const tensor_view& out) {
  const shape_t right = index_shape(q, hits);
  if (!std::ranges::equal(out.shape(), right)) return "the number of hits";
  const tensor here = brought(on, out);
  return q.index == i64
             ? first_wrong_index(q, shape, hits, static_cast<const std::int64_t*>(here.data()))
             : first_wrong_index(q, shape, hits, static_cast<const std::int32_t*>(here.data()));
}

std::string wrong_count(const found& how_many, std::int64_t hits) {
  const bw_found seen = how_many.host();
  return seen.count == hits && seen.overflow == 0 ? "" : "the count of hits";
}

struct search {
  tensor from, room;
  std::optional<tensor> allocated;
  found how_many;
};

instance nonzero_of(const context& on, const question& q, std::int64_t n) {
  const shape_t shape = q.shape(n);
  const std::int64_t hits = q.count(n);
  const auto all = std::make_shared<search>(search{
      condition_data(on, q, shape), room_for(on, q.hits, n, hits, q.hit_bytes()), {}, found(on)});
  const nonzero_options options = {.form = q.form, .index = q.index};
  instance it;
  it.bytes = n * q.condition_bytes() + hits * q.hit_bytes();
  it.plain = plain_of(q.hits, all->from, all->room, q.hit_bytes());
  if (q.allocates) {
    it.call = [=](const context& with) {
      all->allocated.reset();
      all->allocated.emplace(nonzero(with, condition_of(q.from, all->from), options));
    };
    it.wrong = [=] { return wrong_indices(on, q, shape, hits, *all->allocated); };
    return it;
  }
  const tensor_view out(all->room.data(), q.index, index_shape(q, hits), {}, on.memory());
  it.call = [=](const context& with) {
    nonzero(with, condition_of(q.from, all->from), options, out, all->how_many.c());
  };
  it.wrong = [=] {
    const std::string count = wrong_count(all->how_many, hits);
    return count.empty() ? wrong_indices(on, q, shape, hits, out) : count;
  };
  if (on.is_cpu()) return it;
  it.peer.hits = hits;
  (q.from == source::above_0 ? it.peer.positive : it.peer.flags) = all->from.data();
  return it;
}

bench_case nonzero_case(const std::string& name, const question& q, std::int64_t elements) {
  bench_case out = {.operation = "nonzero", .name = name, .elements = elements};
  out.element_bytes = 2 + q.condition_bytes() + q.hit_bytes() * q.hits.hits / q.hits.elements;
  out.make = [=](const context& on, std::int64_t n) { return nonzero_of(on, q, n); };
  return out;
}

bench_case with_goals(bench_case out, double goal, double cuda_goal) {
  out.goal = goal;
  out.cuda_goal = cuda_goal;
  return out;
}

// --- values ---

struct values_under {
  tensor mask, x, room;
  std::optional<tensor> allocated;
  found how_many;
};

std::string wrong_values(const context& on, const question& q, std::int64_t n, std::int64_t hits,
                         const tensor_view& out) {
  if (out.size() != hits) return "the number of hits";
  const tensor here = brought(on, out);
  const auto* values = static_cast<const float*>(here.data());
  for (std::int64_t i = 0, k = 0; i < n; ++i) {
    if (q.hit(i) && values[k++] != value_at(i)) return "hit " + std::to_string(k - 1) + " is wrong";
  }
  return "";
}

instance masked_select_of(const context& on, const question& q, std::int64_t n) {
  const std::int64_t hits = q.count(n);
  const auto all = std::make_shared<values_under>(values_under{condition_data(on, q, {n}),
                                                               made(on, {n}, f32, value_at),
                                                               room_for(on, q.hits, n, hits, 4),
                                                               {},
                                                               found(on)});
  const tensor_view out(all->room.data(), f32, shape_t{hits}, {}, on.memory());
  instance it;
  it.call = [=](const context& with) {
    masked_select(with, all->x, all->mask, {}, out, all->how_many.c());
  };
  it.wrong = [=] {
    const std::string count = wrong_count(all->how_many, hits);
    return count.empty() ? wrong_values(on, q, n, hits, out) : count;
  };
  it.bytes = n + 8 * hits;
  it.plain = plain_of(q.hits, all->mask, all->room, 4);
  // Memory gives whole lines of x: those of the blocks, or where hits are anywhere, 15 of 100 if
  // one element in 100 is one, and every line if half of them are.
  const int lines_bytes = q.hits.elements == 100 ? 60 : 4 * q.hits.elements;
  it.plain.read[1] = all->x.data();
  it.plain.read_bytes[1] = q.kind == pattern::blocky ? 4 * q.hits.hits : lines_bytes;
  if (q.allocates) {
    it.call = [=](const context& with) {
      all->allocated.reset();
      all->allocated.emplace(masked_select(with, all->x, all->mask));
    };
    it.wrong = [=] { return wrong_values(on, q, n, hits, *all->allocated); };
    return it;
  }
  if (on.is_cpu()) return it;
  it.untraced = 4 * hits;
  it.peer = {.flags = all->mask.data(), .values = all->x.data(), .hits = hits};
  return it;
}

bench_case masked_select_case(const std::string& name, const question& q, double cuda_goal) {
  bench_case out = {.operation = "masked_select", .name = name, .elements = 1 << 26};
  out.cuda_goal = cuda_goal;
  out.element_bytes = 9;
  out.make = [=](const context& on, std::int64_t n) { return masked_select_of(on, q, n); };
  return out;
}

void add_calls(std::vector<bench_case>& all) {
  bench_case found = nonzero_case("mask_1d_half_call", {}, 0);
  bench_case selected = masked_select_case("f32_half_call", {}, 0);
  for (bench_case* each : {&found, &selected}) {
    each->call_cost = true;
    all.push_back(*each);
  }
}

}  // namespace

// Sizes keep what is written below 600 MB.
std::vector<bench_case> cases() {
  constexpr std::int64_t n = 1 << 26;
  constexpr std::int64_t images = 1920 * 1080 * 32;
  constexpr index_form columns = index_form::columns;
  constexpr index_form flat = index_form::flat;
  std::vector<bench_case> all = {
      with_goals(nonzero_case("mask_1d_half", {}, n), 0.75, 0.75),
      with_goals(nonzero_case("mask_2d_half", {.rank = 2}, n), 0.75, 0.75),
      with_goals(nonzero_case("mask_1d_1pct", {.hits = one_percent}, n), 0.75, 0.70),
      nonzero_case("mask_1d_none", {.hits = none}, n),
      nonzero_case("mask_1d_0.1pct", {.hits = tenth_percent}, n),
      nonzero_case("mask_1d_10pct", {.hits = ten_percent}, n),
      nonzero_case("mask_1d_99pct", {.hits = most}, n),
      nonzero_case("mask_1d_all", {.hits = every}, n),
      nonzero_case("mask_1d_1pct_blocky", {.hits = one_percent, .kind = pattern::blocky}, n),
      nonzero_case("mask_1d_10pct_blocky", {.hits = ten_percent, .kind = pattern::blocky}, n),
      nonzero_case("mask_1d_half_blocky", {.kind = pattern::blocky}, n),
      nonzero_case("mask_1d_half_i32", {.index = i32}, n),
      nonzero_case("mask_2d_1pct", {.hits = one_percent, .rank = 2}, n),
      nonzero_case("mask_2d_half_blocky", {.kind = pattern::blocky, .rank = 2}, n),
      nonzero_case("mask_2d_half_i32", {.rank = 2, .index = i32}, n),
      nonzero_case("mask_2d_half_columns", {.rank = 2, .form = columns}, n),
      nonzero_case("mask_2d_half_flat", {.rank = 2, .form = flat}, n),
      nonzero_case("mask_3d_half", {.rank = 3}, images / 2),
      nonzero_case("mask_3d_half_columns", {.rank = 3, .form = columns}, images / 2),
      nonzero_case("mask_3d_1pct", {.hits = one_percent, .rank = 3}, images),
      nonzero_case("mask_4d_half", {.rank = 4}, n / 2),
      nonzero_case("mask_4d_half_columns", {.rank = 4, .form = columns}, n / 2),
      nonzero_case("u8_1d_half", {.from = source::bytes}, n),
      with_goals(nonzero_case("x_above_0_f32_half", {.from = source::above_0}, n), 0, 0.85),
      nonzero_case("x_above_0_f32_1pct", {.hits = one_percent, .from = source::above_0}, n),
      nonzero_case("mask_1d_half_alloc", {.allocates = true}, n),
      nonzero_case("mask_2d_half_alloc", {.rank = 2, .allocates = true}, n),
      nonzero_case("mask_1d_1pct_alloc", {.hits = one_percent, .allocates = true}, n),
      masked_select_case("f32_half", {}, 0.50),
      masked_select_case("f32_half_blocky", {.kind = pattern::blocky}, 0),
      masked_select_case("f32_1pct", {.hits = one_percent}, 0.50),
      masked_select_case("f32_half_alloc", {.allocates = true}, 0),
      masked_select_case("f32_1pct_alloc", {.hits = one_percent, .allocates = true}, 0),
  };
  all.front().small_sizes = true;
  add_calls(all);
  return all;
}

}  // namespace bitwhere::bench
