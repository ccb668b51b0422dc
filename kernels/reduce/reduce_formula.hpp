// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../exact_sum/rounding.hpp"
#include "../metrics/label_args.hpp"
#include "reduce_args.hpp"

// What partials are, how they merge and what they finish to.
namespace bitwhere::kernels {

// --- Extremes. ---

// Keys of the elements of a dtype are integers that order them: floats by sign and magnitude, -0
// below +0. NaN gets the key that wins.
struct extreme_state {
  int64_t key;
  int64_t index;  // of the first element with this key
};

template <class K>
BITWHERE_FN constexpr K lowest_key() {
  constexpr bool is_unsigned = static_cast<K>(-1) > K{0};
  return is_unsigned ? K{0} : static_cast<K>(K{1} << (sizeof(K) * 8 - 1));
}
template <class K>
BITWHERE_FN constexpr K highest_key() {
  return static_cast<K>(~lowest_key<K>());
}

// The key that every other beats, and that of NaN.
template <class K>
BITWHERE_FN constexpr K losing_key(reducer by) {
  return looks_for_largest(by) ? lowest_key<K>() : highest_key<K>();
}
template <class K>
BITWHERE_FN constexpr K nan_key(reducer by) {
  return looks_for_largest(by) ? highest_key<K>() : lowest_key<K>();
}

// The key of a float by its bits, a signed integer. `infinity`: its bits; `zeros_equal` where the
// sign of zero does not count.
template <class K>
BITWHERE_FN K float_key(K bits, K infinity, K of_nan, bool zeros_equal) {
  const K magnitude = static_cast<K>(bits & highest_key<K>());
  K key = static_cast<K>(bits ^ static_cast<K>((bits >> (sizeof(K) * 8 - 1)) & highest_key<K>()));
  key = zeros_equal && magnitude == 0 ? K{0} : key;
  return magnitude > infinity ? of_nan : key;
}

// The bits of the float that a key stands for; of a NaN's the canonical one.
template <class K>
BITWHERE_FN K float_of_key(K key, dtype type) {
  const auto infinity = static_cast<K>(infinity_of(format_of(type)));
  const K bits =
      static_cast<K>(key ^ static_cast<K>((key >> (sizeof(K) * 8 - 1)) & highest_key<K>()));
  const K magnitude = static_cast<K>(bits & highest_key<K>());
  return magnitude > infinity ? static_cast<K>(nan_of(format_of(type))) : bits;
}

BITWHERE_FN bool beats(int64_t key, int64_t other, bool largest) {
  return largest ? key > other : key < other;
}

BITWHERE_FN void merge(extreme_state& into, const extreme_state& from, bool largest) {
  const bool better = beats(from.key, into.key, largest);
  const bool earlier = from.key == into.key && from.index < into.index;
  if (better || earlier) into = from;
}

// --- Partials. ---

template <class State>
struct partial {
  partial_header head;
  State state;
};

static_assert(sizeof(partial<f32_sum>) == 8 * words_of_partial(partial_kind::f32_terms));
static_assert(sizeof(partial<f64_sum>) == 8 * words_of_partial(partial_kind::f64_terms));
static_assert(sizeof(partial<integer_sum>) == 8 * words_of_partial(partial_kind::integers));
static_assert(sizeof(partial<extreme_state>) == 8 * words_of_partial(partial_kind::extreme));

// The exact sums of the terms and of the weights of elements that count.
template <class Sum>
struct loss_sums {
  Sum loss;
  Sum weight;
};

template <class Sum>
using loss_partial = partial<loss_sums<Sum>>;

static_assert(sizeof(loss_partial<f32_sum>) == 8 * words_of_partial(partial_kind::f32_losses));
static_assert(sizeof(loss_partial<f64_sum>) == 8 * words_of_partial(partial_kind::f64_losses));

template <class Sum>
BITWHERE_FN void clear(loss_sums<Sum>& to) {
  clear(to.loss);
  clear(to.weight);
}

template <class Sum>
BITWHERE_FN void normalise(loss_sums<Sum>& of) {
  normalise(of.loss);
  normalise(of.weight);
}

template <class Sum>
BITWHERE_FN void merge(loss_sums<Sum>& into, const loss_sums<Sum>& from) {
  merge(into.loss, from.loss);
  merge(into.weight, from.weight);
}

template <class Sum>
BITWHERE_FN bool is_normal(const loss_sums<Sum>& of) {
  return is_normal(of.loss) && is_normal(of.weight);
}

BITWHERE_FN void clear(extreme_state& to) { to = {0, -1}; }

template <class State>
BITWHERE_FN void clear(partial<State>& to, int64_t tag) {
  to.head = {tag, 0, 0, 0, -1};
  clear(to.state);
}

// Adds what `from` counts; -1 is the largest index as an unsigned number.
BITWHERE_FN void merge_heads(partial_header& into, const partial_header& from) {
  into.selected = wrapping_sum(into.selected, from.selected);
  into.excluded = wrapping_sum(into.excluded, from.excluded);
  into.bad = wrapping_sum(into.bad, from.bad);
  if (static_cast<uint64_t>(from.first_bad) < static_cast<uint64_t>(into.first_bad)) {
    into.first_bad = from.first_bad;
  }
}

template <class State>
BITWHERE_FN void merge_states(partial<State>& into, const partial<State>& from) {
  merge(into.state, from.state);
}

BITWHERE_FN void merge_states(partial<extreme_state>& into, const partial<extreme_state>& from) {
  if (from.head.selected == 0) return;
  const bool largest = looks_for_largest(static_cast<reducer>(into.head.tag >> 16 & 0xff));
  if (into.head.selected == 0) {
    into.state = from.state;
  } else {
    merge(into.state, from.state, largest);
  }
}

// Both of one kind.
template <class State>
BITWHERE_FN void merge(partial<State>& into, const partial<State>& from) {
  merge_states(into, from);
  merge_heads(into.head, from.head);
}

// Calls body with a null pointer to the state of a kind of reductions.
BITWHERE_VISITOR
template <class Body>
BITWHERE_FN void with_state(partial_kind kind, Body body) {
  switch (kind) {
    case partial_kind::f32_terms:
      body(static_cast<f32_sum*>(nullptr));
      return;
    case partial_kind::f64_terms:
      body(static_cast<f64_sum*>(nullptr));
      return;
    case partial_kind::integers:
      body(static_cast<integer_sum*>(nullptr));
      return;
    default:
      body(static_cast<extreme_state*>(nullptr));
      return;
  }
}

// The same of any kind.
BITWHERE_VISITOR
template <class Body>
BITWHERE_FN void with_any_state(partial_kind kind, Body body) {
  switch (kind) {
    case partial_kind::f32_losses:
      body(static_cast<loss_sums<f32_sum>*>(nullptr));
      return;
    case partial_kind::f64_losses:
      body(static_cast<loss_sums<f64_sum>*>(nullptr));
      return;
    default:
      with_state(kind, body);
      return;
  }
}

BITWHERE_FN bool is_normal(const extreme_state&) { return true; }

// Whether words that may come from outside are a partial of this kind.
BITWHERE_FN bool is_partial(partial_kind kind, const int64_t* words) {
  bool normal = false;
  with_any_state(kind, [&]<class State>(State*) {
    const auto& of = *reinterpret_cast<const partial<State>*>(words);
    normal = of.head.selected >= 0 && of.head.excluded >= 0 && is_normal(of.state);
  });
  return normal;
}

// into += from, of any kinds.
BITWHERE_FN void merge_partials(int64_t* into, const int64_t* from, int64_t words) {
  const int64_t tag = from[0];
  if (kind_of_tag(tag) == partial_kind::none) return;
  if (kind_of_tag(into[0]) == partial_kind::none) {
    BITWHERE_ROLLED
    for (int64_t k = 0; k < words; ++k) into[k] = from[k];
    return;
  }
  const partial_kind kind = kind_of_tag(tag);
  const bool usable = tag == into[0] && kind != partial_kind::broken &&
                      words_of_partial(kind) == words && is_partial(kind, from) &&
                      is_partial(kind, into);
  if (!usable) {
    into[0] = partial_version | static_cast<int64_t>(partial_kind::broken) << 8;
    return;
  }
  with_any_state(kind, [&]<class State>(State*) {
    merge(*reinterpret_cast<partial<State>*>(into), *reinterpret_cast<const partial<State>*>(from));
  });
}

// --- Results. ---

BITWHERE_FN void store_bits(unsigned char* to, uint64_t bits, int64_t bytes) {
  switch (bytes) {
    case 1:
      *to = static_cast<unsigned char>(bits);
      return;
    case 2:
      *reinterpret_cast<uint16_t*>(to) = static_cast<uint16_t>(bits);
      return;
    case 4:
      *reinterpret_cast<uint32_t*>(to) = static_cast<uint32_t>(bits);
      return;
    default:
      *reinterpret_cast<uint64_t*>(to) = bits;
  }
}

// What a mean over so many elements is divided by.
BITWHERE_FN double divisor_of(double denominator_eps, int64_t elements) {
  const double n = static_cast<double>(elements);
  return denominator_eps == 0 ? n : n + denominator_eps;
}

// RN_T(sum / D), the sum already rounded to f64.
BITWHERE_FN uint64_t mean_bits(const finish_args& args, double sum, int64_t elements) {
  const double divisor = divisor_of(args.denominator_eps, elements);
  if (divisor == 0) return args.empty_zero ? 0 : nan_of(format_of(args.out_type));
  return rounded(sum / divisor, args.out_type);
}

template <class Sum>
BITWHERE_FN uint64_t result_bits(const finish_args& args, const partial<Sum>& of) {
  if (args.by == reducer::mean) {
    return mean_bits(args, rounded_to_f64(of.state), of.head.selected);
  }
  if (args.by == reducer::count) return static_cast<uint64_t>(of.head.selected);
  if (args.by == reducer::divisor) {
    return rounded(divisor_of(args.denominator_eps, of.head.selected), args.out_type);
  }
  if (is_float(args.type)) return rounded(of.state, args.out_type);
  return static_cast<uint64_t>(of.state.limb[0]) | static_cast<uint64_t>(of.state.limb[1]) << 32;
}

BITWHERE_FN uint64_t result_bits(const finish_args& args, const partial<extreme_state>& of) {
  const bool nothing = of.head.selected == 0;
  if (gives_index(args.by)) return static_cast<uint64_t>(nothing ? -1 : of.state.index);
  if (!is_float(args.type)) return static_cast<uint64_t>(nothing ? 0 : of.state.key);
  if (nothing) return nan_of(format_of(args.type));
  switch (args.type) {
    case dtype::f16:
    case dtype::bf16:
      return static_cast<uint64_t>(float_of_key(static_cast<int16_t>(of.state.key), args.type));
    case dtype::f32:
      return static_cast<uint64_t>(float_of_key(static_cast<int32_t>(of.state.key), args.type));
    default:
      return static_cast<uint64_t>(float_of_key(of.state.key, args.type));
  }
}

// Stores the result of output `n` and says whether there was something to reduce.
template <class State>
BITWHERE_FN bool store_result(const finish_args& args, const partial<State>& of, int64_t n) {
  const int64_t bytes = element_bytes(args.out_type);
  store_bits(args.out + n * bytes, result_bits(args, of), bytes);
  return of.head.selected != 0;
}

// The same of a partial that may be of another kind.
BITWHERE_FN bool finish_partial(const finish_args& args, const int64_t* words, int64_t n) {
  bool usable = false;
  const partial_kind kind = kind_of(args.by, args.type);
  with_state(kind, [&]<class State>(State*) {
    if (words[0] == tag_of(args.by, args.type) && is_partial(kind, words)) {
      usable = store_result(args, *reinterpret_cast<const partial<State>*>(words), n);
    } else {
      partial<State> none;
      clear(none, 0);
      store_result(args, none, n);
    }
  });
  return usable;
}

}  // namespace bitwhere::kernels
