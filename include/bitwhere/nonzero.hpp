// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace bitwhere {

/// How indices are laid out; see bw_index_form.
enum class index_form { rows = BW_INDEX_ROWS, columns = BW_INDEX_COLUMNS, flat = BW_INDEX_FLAT };

/// Options of nonzero; see bw_nonzero_options.
struct nonzero_options {
  index_form form = index_form::rows;
  dtype index = i64;       ///< i64 or i32, of results that are allocated
  std::int64_t fill = -1;  ///< of a caller's output: what stands beyond the hits
  bool keep_rest = false;  ///< leave there what is there
};

/// A bw_found on the device of its context. Everything that returns numbers brings them to the host
/// and waits for the stream.
class found {
 public:
  /// Its contents are undefined until an operation has written it.
  explicit found(const context& on) : cells_(on, std::vector<std::int64_t>{2}, i64) {}

  /// i64 (2) on the device: count, overflow.
  [[nodiscard]] const tensor& cells() const { return cells_; }
  [[nodiscard]] bw_found* c() const { return static_cast<bw_found*>(cells_.data()); }

  [[nodiscard]] bw_found host() const {
    std::vector<std::int64_t> out(2);
    copy(cells_.on(), cells_, view(out));
    return {out[0], out[1]};
  }
  [[nodiscard]] std::int64_t count() const { return host().count; }
  [[nodiscard]] bool overflow() const { return host().overflow != 0; }

 private:
  tensor cells_;
};

/// An output of a fixed size and how much of it is used.
struct bounded {
  tensor values;
  bitwhere::found found;
};

namespace detail {

inline bw_nonzero_options c_options(const nonzero_options& from) {
  return {sizeof(bw_nonzero_options),
          static_cast<std::int32_t>(from.form),
          from.keep_rest ? 1 : 0,
          from.fill,
          from.index,
          0};
}

// The shape of what a condition and, where it is not null, a tensor broadcast to.
inline shape_t shape_of(const condition::c_tree& condition, const bw_tensor* x = nullptr) {
  const bw_operand no = {nullptr, scalar(false).c()};
  const bw_operand side = {x, scalar(false).c()};
  bw_dtype type = {};
  std::int32_t ndim = 0;
  std::int64_t shape[BW_MAX_RANK] = {};
  check(bw_where_result(condition.get(), side, x == nullptr ? no : side, &type, &ndim, shape),
        nullptr);
  return {shape, shape + ndim};
}

inline shape_t index_shape(index_form form, std::int64_t n, std::size_t rank) {
  if (form == index_form::flat) return {n};
  const auto dimensions = static_cast<std::int64_t>(rank);
  return form == index_form::rows ? shape_t{n, dimensions} : shape_t{dimensions, n};
}

inline tensor adopt(const context& on, const bw_selection& from, const shape_t& shape, dtype type) {
  return tensor(on, shape, type, from.data, from.bytes);
}

}  // namespace detail

/// The indices of the elements for which a condition holds, in row-major order: i64 (n, rank), or
/// as the options say. Waits for the count on cuda. The contract is bw_nonzero's.
///   Example:  nonzero(cpu, x > 0.5, {.form = index_form::columns, .index = i32})
inline tensor nonzero(const context& on, const condition& of, const nonzero_options& options = {}) {
  const condition::c_tree c_of(of);
  const bw_nonzero_options c_options = detail::c_options(options);
  const std::size_t rank = detail::shape_of(c_of).size();
  bw_selection selection = {};
  on.check(bw_nonzero(on.get(), c_of.get(), &c_options, &selection));
  return detail::adopt(on, selection, detail::index_shape(options.form, selection.count, rank),
                       options.index);
}

/// The same into the caller's tensor of a fixed capacity: no allocation, no host sync. The contract
/// is bw_nonzero_into's; the index dtype is that of `out`.
inline void nonzero(const context& on, const condition& of, const nonzero_options& options,
                    const tensor_view& out, bw_found* how_many = nullptr) {
  const condition::c_tree c_of(of);
  const bw_nonzero_options c_options = detail::c_options(options);
  const bw_tensor c_out = out.c_output("out");
  on.check(bw_nonzero_into(on.get(), c_of.get(), &c_options, &c_out, how_many));
}

/// The same into a new tensor of a fixed capacity, without waiting.
///   Example:  auto [rows, found] = nonzero_static(gpu, mask, 1000);
inline bounded nonzero_static(const context& on, const condition& of, std::int64_t capacity,
                              const nonzero_options& options = {}) {
  const condition::c_tree c_of(of);
  const std::size_t rank = detail::shape_of(c_of).size();
  bounded out = {tensor(on, detail::index_shape(options.form, capacity, rank), options.index),
                 found(on)};
  nonzero(on, of, options, out.values, out.found.c());
  return out;
}

/// Of a tensor of any dtype: the elements that are not zero.
inline tensor nonzero(const context& on, const tensor_view& x,
                      const nonzero_options& options = {}) {
  return nonzero(on, nonzero(x), options);
}
inline void nonzero(const context& on, const tensor_view& x, const nonzero_options& options,
                    const tensor_view& out, bw_found* how_many = nullptr) {
  nonzero(on, nonzero(x), options, out, how_many);
}
inline bounded nonzero_static(const context& on, const tensor_view& x, std::int64_t capacity,
                              const nonzero_options& options = {}) {
  return nonzero_static(on, nonzero(x), capacity, options);
}

/// i64 (n, rank): numpy.argwhere.
inline tensor argwhere(const context& on, const condition& of) { return nonzero(on, of); }
inline tensor argwhere(const context& on, const tensor_view& x) { return nonzero(on, x); }

/// i64 (n), linear indices: numpy.flatnonzero.
inline tensor flatnonzero(const context& on, const condition& of) {
  return nonzero(on, of, {.form = index_form::flat});
}
inline tensor flatnonzero(const context& on, const tensor_view& x) {
  return flatnonzero(on, nonzero(x));
}

/// Indices dimension by dimension: binds to `Rank` names, each an i64 view (n) that lives as long
/// as this does.
template <std::size_t Rank>
class coordinates {
 public:
  explicit coordinates(tensor columns) : columns_(std::move(columns)) {}

  /// i64 (Rank, n).
  [[nodiscard]] const tensor& columns() const { return columns_; }
  /// The number of hits.
  [[nodiscard]] std::int64_t size() const { return columns_.shape()[1]; }

  /// The indices of one dimension.
  [[nodiscard]] tensor_view operator[](std::size_t dimension) const {
    if (dimension >= Rank) throw error(errc::invalid_argument, "coordinates: no such dimension");
    auto* const first = static_cast<std::int64_t*>(columns_.data());
    auto* const begin =
        first == nullptr ? nullptr : first + static_cast<std::int64_t>(dimension) * size();
    return tensor_view(begin, i64, shape_t{size()}, {}, columns_.device());
  }

  template <std::size_t I>
  [[nodiscard]] tensor_view get() const {
    return (*this)[I];
  }

 private:
  tensor columns_;
};

/// torch.where with one argument: the indices of each dimension where a condition holds. A 0-d
/// condition counts as one of rank 1.
///   Example:  auto [rows, columns] = where<2>(cpu, x > 0);
///   Throws:   errc::invalid_shape where the condition has another rank
template <std::size_t Rank>
coordinates<Rank> where(const context& on, const condition& of) {
  static_assert(Rank >= 1 && Rank <= BW_MAX_RANK);
  const std::size_t rank = detail::shape_of(condition::c_tree(of)).size();
  if (rank != Rank && !(rank == 0 && Rank == 1)) {
    throw error(errc::invalid_shape, "where<" + std::to_string(Rank) +
                                         ">: the condition has rank " + std::to_string(rank));
  }
  if (rank != 0) {
    return coordinates<Rank>(nonzero(on, of, {.form = index_form::columns}));
  }
  const condition::c_tree c_of(of);
  const bw_nonzero_options options = detail::c_options({.form = index_form::flat});
  bw_selection selection = {};
  on.check(bw_nonzero(on.get(), c_of.get(), &options, &selection));
  return coordinates<Rank>(detail::adopt(on, selection, {1, selection.count}, i64));
}
template <std::size_t Rank>
coordinates<Rank> where(const context& on, const tensor_view& x) {
  return where<Rank>(on, nonzero(x));
}

/// What stands beyond the hits of masked_select into a fixed capacity.
struct select_options {
  scalar fill = false;     ///< by default 0, in any dtype
  bool keep_rest = false;  ///< leave there what is there
};

/// The values of x where a condition holds, (n), in row-major order of the shape they broadcast to.
/// Waits for the count on cuda. The contract is bw_masked_select's.
inline tensor masked_select(const context& on, const tensor_view& x, const condition& chosen_by) {
  const condition::c_tree c_condition(chosen_by);
  const bw_tensor c_x = x.c();
  bw_selection selection = {};
  on.check(bw_masked_select(on.get(), &c_x, c_condition.get(), &selection));
  return detail::adopt(on, selection, {selection.count}, x.type());
}

/// The same into the caller's tensor of a fixed capacity: no allocation, no host sync. The contract
/// is bw_masked_select_into's.
inline void masked_select(const context& on, const tensor_view& x, const condition& chosen_by,
                          const select_options& options, const tensor_view& out,
                          bw_found* how_many = nullptr) {
  const condition::c_tree c_condition(chosen_by);
  const bw_tensor c_x = x.c();
  const bw_tensor c_out = out.c_output("out");
  const bw_scalar& fill = options.fill.c();
  const bw_select_options c_options = {sizeof(bw_select_options), &fill, options.keep_rest ? 1 : 0,
                                       0};
  on.check(bw_masked_select_into(on.get(), &c_x, c_condition.get(), &c_options, &c_out, how_many));
}

/// The same into a new tensor of a fixed capacity, without waiting.
inline bounded masked_select_static(const context& on, const tensor_view& x,
                                    const condition& chosen_by, std::int64_t capacity,
                                    const select_options& options = {}) {
  bounded out = {tensor(on, shape_t{capacity}, x.type()), found(on)};
  masked_select(on, x, chosen_by, options, out.values, out.found.c());
  return out;
}

}  // namespace bitwhere

template <std::size_t Rank>
struct std::tuple_size<bitwhere::coordinates<Rank>> : std::integral_constant<std::size_t, Rank> {};
template <std::size_t I, std::size_t Rank>
struct std::tuple_element<I, bitwhere::coordinates<Rank>> {
  using type = bitwhere::tensor_view;
};
