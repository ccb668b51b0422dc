// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "binary_loss_plan.hpp"

#include <string>
#include <vector>

#include "broadcast.hpp"
#include "failure.hpp"
#include "labels.hpp"
#include "loss_options.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "place.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

using kernels::binary_loss;

static_assert(static_cast<int32_t>(binary_loss::dice_squared) == BW_SOFT_DICE_SQUARED);

[[noreturn]] void refuse(bw_status status, const std::string& text) { throw failure(status, text); }

bw_binary_loss_options checked_options(binary_loss of, const bw_binary_loss_options* options) {
  bw_binary_loss_options out = {sizeof(bw_binary_loss_options), nullptr, 1e-6, 0.25, 2};
  if (options == nullptr) return out;
  check_struct(options, "options");
  out = *options;
  if (of == binary_loss::eps) require_not_negative(out.eps, "eps");
  if (of == binary_loss::focal) {
    require_not_negative(out.gamma, "gamma");
    if (!(out.alpha <= 1)) {
      refuse(BW_INVALID_ARGUMENT, "options: alpha " + describe(out.alpha) + " is above 1");
    }
  }
  return out;
}

// Whether a target can be this number: a comparison with a float would round it to the target's
// dtype first.
bool represents(dtype type, int64_t number) {
  if (!is_floating(type)) return true;
  const auto wide = static_cast<double>(number);
  // 2^63 is no int64, but what the largest ones round to.
  if (wide >= 0x1p63 || static_cast<int64_t>(wide) != number) return false;
  unsigned char narrow[16] = {};
  double back = 0;
  convert_element(dtype::f64, reinterpret_cast<const unsigned char*>(&wide), type, narrow);
  convert_element(type, narrow, dtype::f64, reinterpret_cast<unsigned char*>(&back));
  return back == wide;
}

// The mask, and that the target is none of the ignored ones, as one condition.
class loss_condition {
 public:
  loss_condition(const bw_loss_options& loss, const bw_tensor* target, dtype type) {
    const size_t ignored = loss.ignore_count;
    if (ignored > BW_MAX_LEAVES) {
      refuse(BW_INVALID_ARGUMENT, "options: ignore_count " + std::to_string(ignored) +
                                      " is above " + std::to_string(BW_MAX_LEAVES));
    }
    nodes_.resize(2 * ignored + 1);
    const bw_condition* all = loss.mask;
    size_t used = 0;
    for (size_t k = 0; k < ignored; ++k) {
      if (!represents(type, loss.ignore[k])) continue;
      bw_condition& differs = nodes_[used++];
      differs = {};
      differs.struct_bytes = sizeof differs;
      differs.predicate = BW_NE;
      differs.tensor = target;
      differs.with.scalar.kind = BW_SCALAR_INT;
      differs.with.scalar.value.integer = loss.ignore[k];
      if (all == nullptr) {
        all = &differs;
        continue;
      }
      bw_condition& both = nodes_[used++];
      both = {};
      both.struct_bytes = sizeof both;
      both.predicate = BW_AND;
      both.left = all;
      both.right = &differs;
      all = &both;
    }
    all_ = all;
  }
  const bw_condition* get() const { return all_; }

 private:
  std::vector<bw_condition> nodes_;
  const bw_condition* all_ = nullptr;
};

// Dice is one number of all elements, which is neither a mean nor a sum.
void require_dice(const bw_loss_options& loss, const bw_binary_loss_options& options) {
  if (loss.gradient != nullptr && loss.reduction != BW_LOSS_MEAN) {
    refuse(BW_INVALID_ARGUMENT,
           "options: a gradient of soft Dice takes the sums of all elements, "
           "which a partial does not have");
  }
  if (loss.reduction != BW_LOSS_MEAN && loss.reduction != BW_LOSS_PARTIAL) {
    refuse(BW_INVALID_ARGUMENT,
           "options: soft Dice is of all elements: reduction has to be the "
           "default");
  }
  if (loss.normaliser != BW_NORMALISER_DEFAULT) {
    refuse(BW_INVALID_ARGUMENT,
           "options: soft Dice has a denominator of its own: normaliser has "
           "to be the default");
  }
  if (options.pos_weight != nullptr) {
    refuse(BW_INVALID_ARGUMENT, "options: pos_weight is not for soft Dice");
  }
}

struct inputs {
  tensor x;
  tensor target;
  tensor weight;
  tensor pos_weight;
  tensor divisor;
  struct condition condition;
  gradient_tensors gradient;

  // Everything that is read beside x and the mask.
  std::vector<tensor> others(const kernels::binary_loss_args& args) const {
    std::vector<tensor> out = {target};
    if (args.weighted) out.push_back(weight);
    if (args.positives_weighted) out.push_back(pos_weight);
    if (divisor.elements != 0) out.push_back(divisor);
    gradient.add_read(out);
    return out;
  }
  std::vector<tensor> mask() const {
    std::vector<tensor> out;
    for (const condition_tensor& t : condition.tensors) out.push_back(t.values);
    return out;
  }
};

void read_tensors(const bw_tensor* x, const bw_tensor* target, const bw_loss_options& loss,
                  const bw_binary_loss_options& options, inputs& in) {
  in.x = checked(x, "x");
  require_floating(in.x);
  in.target = checked(target, "target");
  if (is_complex(in.target.type)) {
    refuse(BW_INVALID_DTYPE, std::string("target: is ") + name_of(in.target.type) +
                                 ", and complex numbers are no targets");
  }
  if (!(in.target.shape == in.x.shape)) {
    refuse(BW_INVALID_SHAPE, "target: has shape " + describe(in.target.shape) +
                                 ", which is not that of x, " + describe(in.x.shape));
  }
  const bw_tensor* const given[] = {loss.weight, options.pos_weight};
  tensor* const to[] = {&in.weight, &in.pos_weight};
  const char* const names[] = {"weight", "pos_weight"};
  for (int k = 0; k < 2; ++k) {
    if (given[k] == nullptr) continue;
    *to[k] = checked(given[k], names[k]);
    require_floating(*to[k]);
    require_broadcast_to(*to[k], in.x.shape, "x");
  }
}

void plan_mask(const bw_loss_options& loss, const bw_tensor* target, inputs& in,
               kernels::binary_loss_args& args) {
  const loss_condition all(loss, target, in.target.type);
  args.conditional = all.get() != nullptr;
  in.condition = plan_optional_condition(all.get(), args.condition);
  for (const condition_tensor& t : in.condition.tensors) {
    require_broadcast_to(t.values, in.x.shape, "x");
  }
}

void lay_out(const inputs& in, kernels::binary_loss_args& args) {
  fill_space(in.x.shape, in.x.elements, args.s);
  strided operands[6 + 2 * kernels::max_leaves];
  int count = 0;
  kernels::loss_gradient_args& gradient = args.gradient;
  if (gradient.wanted) {
    operands[count++] = {gradient.to.stride_bytes, bytes_of(in.x.type), &gradient.to.reach};
  }
  if (gradient.each) {
    kernels::operand& upstream = gradient.upstream;
    operands[count++] = {upstream.stride_bytes, bytes_of(upstream.type), &upstream.reach};
  }
  for (kernels::operand* o : {&args.x, &args.target, &args.weight, &args.pos_weight}) {
    if (o->data != nullptr) operands[count++] = {o->stride_bytes, bytes_of(o->type), &o->reach};
  }
  count = gather_operands(args.condition, operands, count);
  // Reports name elements, and the losses of elements lie side by side.
  collapse(args.s, operands, count, order::logical);
  gather_splat(gradient.to);
}

int64_t bytes_of_inputs(const inputs& in, const kernels::binary_loss_args& args) {
  reading all[4 + 2 * kernels::max_leaves];
  size_t count = 0;
  all[count++] = {&in.x, &args.x};
  all[count++] = {&in.target, &args.target};
  if (args.weighted) all[count++] = {&in.weight, &args.weight};
  if (args.positives_weighted) all[count++] = {&in.pos_weight, &args.pos_weight};
  count = gather_readings(in.condition, args.condition, all, count);
  // What decides which elements count, and what they weigh.
  const int64_t every = bytes_read(all, count);
  const int64_t deciding = kernels::of_probabilities(args.of) ? every : every - bytes_read(all, 1);
  if (args.finish.by == kernels::loss_reduction::weights) return deciding;
  if (!args.gradient.wanted) return every;
  const tensor& upstream = in.gradient.upstream;
  return every + (takes_sums(args.finish) ? deciding : 0) +
         (in.gradient.has_upstream ? upstream.elements * bytes_of(upstream.type) : 0) +
         in.x.elements * bytes_of(in.x.type);
}

}  // namespace

const char* binary_loss_plan::operation() const {
  switch (args.of) {
    case binary_loss::clamp:
      return "binary_cross_entropy";
    case binary_loss::eps:
      return "binary_cross_entropy_eps";
    case binary_loss::logits:
      return "binary_cross_entropy_with_logits";
    case binary_loss::focal:
      return "sigmoid_focal_loss";
    default:
      return "soft_dice_loss";
  }
}

binary_loss_plan plan_binary_loss(const placement& on, int32_t kind, const bw_tensor* x,
                                  const bw_tensor* target, const bw_binary_loss_options* options,
                                  const bw_loss_options* loss, const bw_tensor* out,
                                  bw_report* report) {
  if (kind < BW_BINARY_CROSS_ENTROPY || kind > BW_SOFT_DICE_SQUARED) {
    refuse(BW_INVALID_ARGUMENT, "kind: " + std::to_string(kind) + " is no bw_binary_loss_kind");
  }
  binary_loss_plan plan;
  kernels::binary_loss_args& args = plan.args;
  args.of = static_cast<binary_loss>(kind);
  const bw_loss_options how = checked_loss(loss);
  const bw_binary_loss_options numbers = checked_options(args.of, options);
  if (is_dice(args.of)) require_dice(how, numbers);
  inputs in;
  read_tensors(x, target, how, numbers, in);
  plan_mask(how, target, in, args);
  check_first_element(how.first_element, in.x.elements);
  args.first_element = how.first_element;
  args.eps = numbers.eps;
  args.alpha = numbers.alpha;
  args.gamma = numbers.gamma;
  args.balanced = numbers.alpha >= 0;
  args.weighted = how.weight != nullptr;
  args.positives_weighted = numbers.pos_weight != nullptr;

  plan.out = checked_loss_output(on, out, in.x.type, in.x.shape, how.reduction);
  in.divisor = checked_divisor(on, how);
  args.finish = plan_loss_finish(how, in.divisor, kernels::normaliser::valid, args.weighted, in.x,
                                 in.x.elements, plan.out);
  args.finish.dice = is_dice(args.of);
  args.finish.weighted = args.finish.weighted || args.finish.dice;
  place_condition(on, in.condition, in.x.shape, args.condition);
  place(on, in.x, in.x.shape, in.x.type, args.x);
  place(on, in.target, in.x.shape, in.target.type, args.target);
  place_or_clear(on, args.weighted, in.weight, in.x.shape, args.weight);
  place_or_clear(on, args.positives_weighted, in.pos_weight, in.x.shape, args.pos_weight);
  in.gradient = plan_gradient(on, how, in.x, in.x.shape, args.gradient);
  const std::vector<tensor> read = in.others(args);
  const std::vector<tensor> mask = in.mask();
  std::vector<tensor> written = {plan.out};
  require_apart(plan.out, in.x);
  require_apart(plan.out, read);
  require_apart(plan.out, mask);
  if (args.gradient.wanted) {
    require_apart(in.gradient.to, read);
    // In place over x, a mask may be of x: an element is read before its gradient is stored.
    for (const tensor& t : mask) require_aligned_or_apart(in.gradient.to, t, in.x.shape);
    require_apart(in.gradient.to, plan.out);
    written.push_back(in.gradient.to);
    args.gradient.to.data = in.gradient.to.data;
    broadcast_strides(in.gradient.to, in.x.shape, args.gradient.to.stride_bytes);
  }
  plan.report = checked_report(on, report, written.data(), written.size());
  const tensor counters = checked_counters(on, report, 2, "report");
  require_apart(counters, in.x);
  require_apart(counters, read);
  require_apart(counters, mask);
  plan.bytes = plan.out.elements * bytes_of(plan.out.type);
  if (in.x.elements == 0) return plan;
  lay_out(in, args);
  plan.bytes += bytes_of_inputs(in, args);
  return plan;
}

}  // namespace bitwhere::plan
