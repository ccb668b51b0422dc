// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/log.hpp"
#include "class_loss_args.hpp"
#include "loss_formula.hpp"

// The loss of a pixel over its classes. With m the largest logit and S the sum of e^(x_c - m), the
// loss of class c is l_c = ln S - (x_c - m), or -x_c of log-probabilities. Then, w_c being the
// weight of class c, t the label, p the probabilities of the target and e the smoothing:
//
//   a label        w_t l_t
//   with smoothing (1 - e) (w_t l_t) + (e / C) sum of w_c l_c
//   probabilities  sum of (w_c p'_c) l_c, where p' = (1 - e) p + e / C
//
// A product whose first factor is 0 is 0 whatever the other is.
//
// Sums over classes are taken in one order on every device. A tile of up to 1024 terms t_i is
// reduced by 128 running sums a_l = t_l + t_(128 + l) + .. and the tree (a_0 + a_1) + (a_2 + a_3)
// .. over them. What is more than a tile is reduced tile by tile, and the tiles' sums as a tile.
namespace bitwhere::kernels {

// Adds up sums of 8 that come one after another, as the tree over 128 does.
template <class L, class V>
struct sum_of_eights {
  static constexpr int levels = 5;
  V level[levels];
  int64_t count;

  BITWHERE_FN void open(V zero) {
    for (int k = 0; k < levels; ++k) level[k] = zero;
    count = 0;
  }
  BITWHERE_FN void add(V sum) {
    bool placed = false;
    for (int k = 0; k < levels; ++k) {
      if (placed) continue;
      if ((count >> k & 1) != 0) {
        sum = L::add(level[k], sum);
      } else {
        level[k] = sum;
        placed = true;
      }
    }
    ++count;
  }
  // What is absent on the right of the tree adds nothing: no sum here is -0.
  BITWHERE_FN V total(V zero) const {
    V sum = zero;
    for (int k = 0; k < levels; ++k) {
      if ((count >> k & 1) != 0) sum = L::add(level[k], sum);
    }
    return sum;
  }
};

// term(i) of i in [0, n), n up to class_tile.
template <class L, class V, class Term>
BITWHERE_FN V sum_of_tile(int64_t n, V zero, Term term) {
  const auto running = [&](int64_t lane) {
    V sum = zero;
    for (int64_t i = lane; i < n; i += class_lanes) sum = L::add(sum, term(i));
    return sum;
  };
  const auto single = [&](int64_t lane) { return L::add(zero, term(lane)); };
  const auto of_eight = [](const auto& lane, int64_t l) {
    return L::add(L::add(L::add(lane(l), lane(l + 1)), L::add(lane(l + 2), lane(l + 3))),
                  L::add(L::add(lane(l + 4), lane(l + 5)), L::add(lane(l + 6), lane(l + 7))));
  };
  sum_of_eights<L, V> sums;
  sums.open(zero);
  const int64_t lanes = n < class_lanes ? n : class_lanes;
  for (int64_t l = 0; l < lanes; l += 8) {
    sums.add(n <= class_lanes && l + 8 <= n ? of_eight(single, l) : of_eight(running, l));
  }
  return sums.total(zero);
}

template <class L, class V>
BITWHERE_FN V minus_infinity(V like) {
  return L::fill(like, -log_constants<typename L::template element<V>>::infinity);
}

// The larger of two numbers; a later NaN is never taken. Whether a first one is does not show, for
// its class makes the sum NaN, and all that is computed from it. On a GPU a maximum begins with a
// class: against a constant -Inf compilers would make this the hardware's.
template <class L, class V>
BITWHERE_FN V larger_number(V so_far, V x) {
  return L::select(L::less(so_far, x), x, so_far);
}

// What exponents are taken against. Where all logits are -Inf, all terms become +0, and those of
// NaN stay NaN.
template <class L, class V>
BITWHERE_FN V reference_of(V largest) {
  return L::select(L::equal(largest, minus_infinity<L>(largest)), L::fill(largest, 0), largest);
}

// A class' term of its tile's sum, and a tile's of the row's.
template <class L, class V>
BITWHERE_FN V class_term(V x, V reference) {
  return exp_not_positive<L>(L::subtract(x, reference));
}
template <class L, class V>
BITWHERE_FN V class_tile_term(V largest, V sum, V reference) {
  return L::multiply(sum, class_term<L>(largest, reference));
}

// The numbers of a call in the type that is computed in.
template <class T>
struct class_loss_numbers {
  T keep;    // 1 - e
  T spread;  // e / C
  bool smooth;
};

template <class T>
BITWHERE_FN class_loss_numbers<T> numbers_of(const class_loss_args& args) {
  const double classes = static_cast<double>(args.x.classes);
  return {static_cast<T>(1 - args.smoothing), static_cast<T>(args.smoothing / classes),
          args.smoothing != 0};
}

// l_c of the row's ln S and m; of log-probabilities these are not looked at.
template <class L, class_loss F, class V>
BITWHERE_FN V loss_of_class(V x, V log_sum, V largest) {
  if constexpr (F == class_loss::nll) {
    return L::minus(x);
  } else {
    return L::subtract(log_sum, L::subtract(x, largest));
  }
}

// What class c weighs in the sum of products: `weight` is w_c, `p` the target's probability.
template <class L, class V, class T>
BITWHERE_FN V smoothed_probability(V p, const class_loss_numbers<T>& with) {
  if (!with.smooth) return p;
  return L::add(L::multiply(L::fill(p, with.keep), p), L::fill(p, with.spread));
}

// The loss of a label with smoothing: `product` is w_t l_t, `sum` that of all w_c l_c.
template <class L, class V, class T>
BITWHERE_FN V smoothed_loss(V product, V sum, const class_loss_numbers<T>& with) {
  return L::add(part_of_loss<L>(L::fill(sum, with.keep), product),
                part_of_loss<L>(L::fill(sum, with.spread), sum));
}

}  // namespace bitwhere::kernels
