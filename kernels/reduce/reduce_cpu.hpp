// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_cpu.hpp"
#include "../exact_sum/f64_sum_cpu.hpp"
#include "../exact_sum/integer_sum_cpu.hpp"
#include "../metrics/label_formula.hpp"
#include "column_sums_cpu.hpp"
#include "extreme_cpu.hpp"
#include "reduce_units.hpp"

// One loop over outputs and one over blocks of them, for every kind of state. A kind offers:
//   state, accumulator       what is kept of an output, and while it is being reduced
//   most                     elements of a segment at most
//   add(segment, to)         of a segment with at least one selected element
//   close(from, to)          an accumulator as a normal state
//   whole(segment, selected, bits)  the result of an output that is one segment, where there is a
//                            short way to it
//   takes_columns(args), add_columns_of(args, tile, running)  a block's elements as they lie
namespace bitwhere::kernels {
namespace {

class f32_sums_kind {
 public:
  using state = f32_sum;
  using accumulator = f32_accumulator;
  static constexpr int64_t most = f32_tile;

  explicit f32_sums_kind(const reduce_args& args) : finish_(args.finish) {}

  BITWHERE_FN void add(const segment& s, accumulator& to, bool alone) {
    add_terms(terms(s), s.elements, to, alone ? &buckets_ : nullptr, are_halves());
  }
  BITWHERE_FN void close(accumulator& from, state& to, bool alone) {
    if (alone && buckets_.held > 0) buckets_.flush(from);
    normalise(from.sum);
    to = from.sum;
  }
  BITWHERE_FN bool whole(const segment& s, int64_t selected, uint64_t& bits) {
    double sum;
    if (!sum_terms(terms(s), s.elements, are_halves(), sum)) return false;
    bits = finish_.by == reducer::mean ? mean_bits(finish_, sum, selected)
                                       : rounded(sum, finish_.out_type);
    return !counts_only(finish_.by);
  }
  BITWHERE_FN bool takes_columns(const reduce_args& args) { return reads_columns(args); }
  template <class Running>
  BITWHERE_FN void add_columns_of(const reduce_args& args, const tile& t, Running* running) {
    const int64_t* const stride = args.x.stride_bytes;
    add_columns(args.x.data + offset_of(args.s, stride, t.at), t.rows, stride[args.s.rank - 1],
                t.columns, [&](int64_t c) -> f32_accumulator& { return running[c].values; });
    for (int64_t r = 0; r < t.rows; ++r) {
      running[r].seen += t.columns;
      running[r].selected += t.columns;
    }
  }

 private:
  BITWHERE_FN const float* terms(const segment& s) {
    switch (finish_.type) {
      case dtype::f16:
        return float_terms<half_bits>(s, room_);
      case dtype::bf16:
        return float_terms<bfloat_bits>(s, room_);
      default:
        return float_terms<float>(s, room_);
    }
  }

  BITWHERE_FN bool are_halves() const { return finish_.type == dtype::f16; }

  const finish_args& finish_;
  alignas(64) float room_[f32_tile];
  f32_buckets buckets_;
};

class f64_sums_kind {
 public:
  using state = f64_sum;
  using accumulator = f64_accumulator;
  static constexpr int64_t most = f64_tile;

  explicit f64_sums_kind(const reduce_args&) {}

  BITWHERE_FN void add(const segment& s, accumulator& to, bool) {
    add_terms(float_terms<double>(s, room_), s.elements, to);
  }
  BITWHERE_FN void close(accumulator& from, state& to, bool) {
    normalise(from.sum);
    to = from.sum;
  }
  BITWHERE_FN bool whole(const segment&, int64_t, uint64_t&) { return false; }
  BITWHERE_FN bool takes_columns(const reduce_args&) { return false; }
  template <class Running>
  BITWHERE_FN void add_columns_of(const reduce_args&, const tile&, Running*) {}

 private:
  alignas(64) double room_[f64_tile];
};

class integer_sums_kind {
 public:
  using state = integer_sum;
  using accumulator = integer_accumulator;
  static constexpr int64_t most = integer_tile;

  explicit integer_sums_kind(const reduce_args& args) : type_(args.finish.type) {}

  BITWHERE_FN void add(const segment& s, accumulator& to, bool) {
    switch (type_) {
      case dtype::boolean:
      case dtype::u8:
        return add_as<uint8_t>(s, to);
      case dtype::i8:
        return add_as<int8_t>(s, to);
      case dtype::i16:
        return add_as<int16_t>(s, to);
      case dtype::i32:
        return add_as<int32_t>(s, to);
      default:
        return add_as<int64_t>(s, to);
    }
  }
  BITWHERE_FN void close(accumulator& from, state& to, bool) {
    normalise(from.sum);
    to = from.sum;
  }
  BITWHERE_FN bool whole(const segment&, int64_t, uint64_t&) { return false; }
  BITWHERE_FN bool takes_columns(const reduce_args&) { return false; }
  template <class Running>
  BITWHERE_FN void add_columns_of(const reduce_args&, const tile&, Running*) {}

 private:
  template <class T>
  BITWHERE_FN void add_as(const segment& s, accumulator& to) {
    add_integers<T>(integer_terms<T>(s, type_, T{0}, room_), s.elements, to);
  }

  dtype type_;
  alignas(64) unsigned char room_[integer_tile * 8];
};

class extremes_kind {
 public:
  using state = extreme_state;
  using accumulator = extreme_accumulator;
  static constexpr int64_t most = 4096;

  explicit extremes_kind(const reduce_args& args)
      : by_(args.finish.by), type_(args.finish.type), first_index_(args.first_index) {}

  BITWHERE_FN void add(const segment& s, accumulator& to, bool) {
    switch (type_) {
      case dtype::boolean:
      case dtype::u8:
        return add_integer_keys<uint8_t>(s, to);
      case dtype::i8:
        return add_integer_keys<int8_t>(s, to);
      case dtype::i16:
        return add_integer_keys<int16_t>(s, to);
      case dtype::i32:
        return add_integer_keys<int32_t>(s, to);
      case dtype::i64:
        return add_integer_keys<int64_t>(s, to);
      case dtype::f16:
      case dtype::bf16:
        return add_keys<int16_t>(s, key_terms<int16_t>(s, by_, type_, room_), by_, to);
      case dtype::f32:
        return add_keys<int32_t>(s, key_terms<int32_t>(s, by_, type_, room_), by_, to);
      default:
        return add_keys<int64_t>(s, key_terms<int64_t>(s, by_, type_, room_), by_, to);
    }
  }
  BITWHERE_FN void close(accumulator& from, state& to, bool) {
    to = from.best;
    if (from.any && gives_index(by_)) to.index += first_index_;
    if (!from.any) clear(to);
  }
  BITWHERE_FN bool whole(const segment&, int64_t, uint64_t&) { return false; }
  BITWHERE_FN bool takes_columns(const reduce_args&) { return false; }
  template <class Running>
  BITWHERE_FN void add_columns_of(const reduce_args&, const tile&, Running*) {}

 private:
  template <class T>
  BITWHERE_FN void add_integer_keys(const segment& s, accumulator& to) {
    add_keys<T>(s, integer_terms<T>(s, type_, losing_key<T>(by_), room_), by_, to);
  }

  reducer by_;
  dtype type_;
  int64_t first_index_;
  alignas(64) unsigned char room_[most * 8];
};

// An output while it is being reduced.
template <class Kind>
struct running_output {
  typename Kind::accumulator values;
  int64_t selected;
  int64_t seen;

  BITWHERE_FN void open() {
    values.open();
    selected = 0;
    seen = 0;
  }
};

// Where outputs go: their results, or their partials, by the output's index or by its place in the
// unit.
struct output_sink {
  const reduce_args& args;
  int64_t* partials;
  bool by_place;
  report& empty;

  BITWHERE_FN void note(bool something, int64_t output) const {
    if (!something) merge(empty, report{1, output});
  }
  template <class Kind>
  BITWHERE_FN void put(Kind& kind, running_output<Kind>& from, int64_t output, int64_t place,
                       bool alone) const {
    partial<typename Kind::state> all;
    all.head = {tag_of(args.finish.by, args.finish.type), from.selected, from.seen - from.selected,
                0, -1};
    kind.close(from.values, all.state, alone);
    if (partials == nullptr) {
      note(store_result(args.finish, all, output), output);
      return;
    }
    auto* const to = reinterpret_cast<unsigned char*>(partials) +
                     (by_place ? place : output) * static_cast<int64_t>(sizeof all);
    store(to, all);
  }
};

template <class Kind>
BITWHERE_FN void add_segment(Kind& kind, const segment& s, running_output<Kind>& to, bool alone) {
  const int64_t selected = s.selected();
  to.seen += s.elements;
  to.selected += selected;
  if (selected != 0) kind.add(s, to.values, alone);
}

template <class T>
BITWHERE_FN void repeat_as(const unsigned char* one, int64_t times, unsigned char* to) {
  const T value = load<T>(one);
  for (int64_t i = 0; i < times; ++i) store(to + i * static_cast<int64_t>(sizeof(T)), value);
}

BITWHERE_FN void repeat(const unsigned char* one, int64_t size, int64_t times, unsigned char* to) {
  switch (size) {
    case 1:
      return repeat_as<uint8_t>(one, times, to);
    case 2:
      return repeat_as<uint16_t>(one, times, to);
    case 4:
      return repeat_as<uint32_t>(one, times, to);
    default:
      return repeat_as<uint64_t>(one, times, to);
  }
}

// What a range of the reduction reads with.
struct reduce_reader {
  condition_code leaves;
  condition_stack stack;
  scratch rooms[condition_rooms];
  scratch room;
  alignas(64) unsigned char repeated[scratch_bytes];
  fetch_function fetch;

  explicit reduce_reader(const reduce_args& args)
      : fetch(fetch_code_of(element_bytes(args.x.type))) {
    if (args.conditional) choose_code(args.condition, leaves);
  }
  // The words of a tile's rows, one after another; nullptr where there is no condition.
  BITWHERE_FN const uint64_t* words(const reduce_args& args, const tile& t) {
    if (!args.conditional) return nullptr;
    condition_words(args.s, args.condition, leaves, t, rooms, stack);
    return stack.words[0];
  }
  // Rows of elements, written out where a row is one and the same.
  BITWHERE_FN strip elements(const reduce_args& args, const tile& t) {
    strip x = fetch(args.s, args.x, t, room);
    if (!x.splat) return x;
    const int64_t size = element_bytes(args.x.type);
    for (int64_t r = 0; r < t.rows; ++r) {
      repeat(x.p + r * x.row_step, size, t.columns, repeated + r * t.columns * size);
    }
    return {repeated, t.columns * size, false};
  }
};

// Whether an operand's elements lie side by side over the whole space, or are one and the same.
BITWHERE_FN bool runs_on(const space& s, const operand& of) {
  if (of.data == nullptr) return true;
  if (of.reach == access::gather) return false;
  int64_t step = of.reach == access::splat ? 0 : element_bytes(of.type);
  for (int d = s.rank - 1; d >= 0; --d) {
    if (of.stride_bytes[d] != step) return false;
    step *= s.extent[d];
  }
  return true;
}

// Whether tiles may run over the ends of rows though nothing is packed: rows of few elements would
// be tiles of their own.
BITWHERE_FN bool rows_run_on(const reduce_args& args) {
  bool all = runs_on(args.s, args.x);
  if (!args.conditional) return all;
  for (int k = 0; k < args.condition.leaf_count; ++k) {
    const leaf& l = args.condition.leaves[k];
    if (l.kind == leaf_kind::constant) continue;
    all = all && runs_on(args.s, l.left) && runs_on(args.s, l.right);
  }
  return all;
}

// Elements of a tile at most.
template <class Kind>
BITWHERE_FN int64_t elements_of_tile(const reduce_args& args) {
  int64_t widest = element_bytes(args.x.type);
  if (args.conditional && widest_of(args.condition) > widest) widest = widest_of(args.condition);
  const int64_t fits = scratch_bytes / widest;
  const int64_t limit = fits < Kind::most ? fits : Kind::most;
  // Outputs that fit are not cut.
  return args.reduced < limit ? limit - limit % args.reduced : limit;
}

// Elements [begin, end) of each output of [first, last); one output where that is not all of them.
template <class Kind>
void reduce_outputs(const reduce_args& args, int64_t first, int64_t last, int64_t begin,
                    int64_t end, const output_sink& sink) {
  Kind kind(args);
  reduce_reader reader(args);
  const int64_t size = element_bytes(args.x.type);
  space s = args.s;
  if (s.cut == tiling::rows && rows_run_on(args)) s.cut = tiling::dense;
  running_output<Kind> running;
  running.open();
  int64_t output = first;
  int64_t done = begin;  // elements of the output
  const bool results = sink.partials == nullptr;
  for_each_tile(s, first * args.reduced + begin, (last - 1) * args.reduced + end, 0,
                elements_of_tile<Kind>(args), [&](const tile& t) {
                  const uint64_t* const words = reader.words(args, t);
                  const strip x = reader.elements(args, t);
                  for (int64_t i = 0; i < t.columns;) {
                    const int64_t left = end - done;
                    const int64_t n = left < t.columns - i ? left : t.columns - i;
                    const segment part = {x.p + i * size, n, words, i, done};
                    uint64_t bits;
                    if (n == args.reduced && results && kind.whole(part, part.selected(), bits)) {
                      const int64_t bytes = element_bytes(args.finish.out_type);
                      store_bits(args.finish.out + output * bytes, bits, bytes);
                      sink.note(part.selected() != 0, output);
                    } else {
                      add_segment(kind, part, running, true);
                      if (n == left) {
                        sink.put(kind, running, output, 0, true);
                        running.open();
                      }
                    }
                    i += n;
                    done += n;
                    if (n == left) {
                      ++output;
                      done = begin;
                    }
                  }
                });
}

// Elements [begin, end) of the outputs of a unit of blocks.
template <class Kind>
void reduce_strip(const reduce_args& args, int64_t unit, int64_t begin, int64_t end,
                  const output_sink& sink, Kind& kind, reduce_reader& reader,
                  running_output<Kind>* running) {
  const space& s = args.s;
  tile t;
  const unit_outputs outputs = outputs_of_unit(args, unit, t.at.index);
  for (int64_t r = 0; r < outputs.count; ++r) running[r].open();
  t.element = 0;
  t.row_elements = 0;
  t.rows = outputs.count;
  const position at = position_of(s.extent + args.output_rank, s.rank - args.output_rank, begin);
  for (int d = args.output_rank; d < s.rank; ++d) t.at.index[d] = at.index[d - args.output_rank];
  const int inner = s.rank - 1;
  for (int64_t done = begin; done < end;) {
    int64_t n = s.extent[inner] - t.at.index[inner];
    if (n > s.block_columns) n = s.block_columns;
    if (n > end - done) n = end - done;
    t.columns = n;
    if (kind.takes_columns(args)) {
      kind.add_columns_of(args, t, running);
    } else {
      const uint64_t* words = reader.words(args, t);
      const strip x = reader.elements(args, t);
      for (int64_t r = 0; r < t.rows; ++r) {
        add_segment(kind, segment{x.p + r * x.row_step, n, words, 0, done}, running[r], false);
        if (words != nullptr) words += words_of(n);
      }
    }
    done += n;
    if (done < end) advance(s, t.at, n);
  }
  for (int64_t r = 0; r < outputs.count; ++r) {
    sink.put(kind, running[r], outputs.first + r * outputs.step, r, false);
  }
}

template <class Kind>
void reduce_strips(const reduce_args& args, int64_t first, int64_t last, int64_t begin, int64_t end,
                   const output_sink& sink) {
  Kind kind(args);
  reduce_reader reader(args);
  running_output<Kind> running[most_block_rows];
  for (int64_t unit = first; unit < last; ++unit) {
    reduce_strip(args, unit, begin, end, sink, kind, reader, running);
  }
}

template <class Kind>
void reduce_kind(const reduce_args& args, int64_t first, int64_t last, int64_t begin, int64_t end,
                 const output_sink& sink) {
  if (args.s.cut == tiling::blocks) {
    reduce_strips<Kind>(args, first, last, begin, end, sink);
  } else {
    reduce_outputs<Kind>(args, first, last, begin, end, sink);
  }
}

// Elements [begin, end) of the units [first, last): of one unit where that is not all of them.
// Partials, where they are wanted, go to the place of the output or, with `by_place`, of the row in
// the unit; outputs of nothing are noted where results are stored.
void reduce_range(const reduce_args& args, int64_t first, int64_t last, int64_t begin, int64_t end,
                  int64_t* partials, bool by_place, report& empty) {
  const output_sink sink = {args, partials, by_place, empty};
  switch (kind_of(args.finish.by, args.finish.type)) {
    case partial_kind::f32_terms:
      return reduce_kind<f32_sums_kind>(args, first, last, begin, end, sink);
    case partial_kind::f64_terms:
      return reduce_kind<f64_sums_kind>(args, first, last, begin, end, sink);
    case partial_kind::integers:
      return reduce_kind<integer_sums_kind>(args, first, last, begin, end, sink);
    default:
      return reduce_kind<extremes_kind>(args, first, last, begin, end, sink);
  }
}

}  // namespace
}  // namespace bitwhere::kernels
