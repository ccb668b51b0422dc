// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "device_call.hpp"
#include "diagnosis.hpp"
#include "simt/collectives.hpp"

namespace simt {
namespace {

struct collective {
  const char* name;
  unsigned mask;
  unsigned qualifier;  // lanes must agree on it, as on the name and mask
  site where;
};

// What is wrong with a call, in words; empty if nothing is.
std::string mask_mistake(const cuda_thread& self, const warp& w, const collective& call) {
  if ((call.mask & self.lane_bit()) == 0) {
    return std::string(call.name) + ": lane " + std::to_string(self.lane()) +
           " is not named in its own mask " + hex(call.mask);
  }
  const unsigned gone = call.mask & ~w.alive;
  if (gone == 0) return {};
  return std::string(call.name) + ": mask " + hex(call.mask) + " names lane " +
         std::to_string(std::countr_zero(gone)) + ", which has exited or does not exist";
}

std::string disagreement(const rendezvous& meeting, const collective& call) {
  const bool same_form = meeting.qualifier == call.qualifier;
  const bool same_name = std::strcmp(meeting.name, call.name) == 0;
  if (meeting.mask == call.mask && same_form && same_name) return {};
  return std::string("divergent collective: this lane calls ") + call.name + " with mask " +
         hex(call.mask) + ", but a lane at " + at_site(meeting.where) + "waits for it in " +
         meeting.name + " with mask " + hex(meeting.mask) +
         (same_name && !same_form ? " of another form" : "");
}

std::string source_mistake(const char* name, unsigned source, unsigned mask) {
  if ((mask >> source & 1u) != 0) return {};
  return std::string(name) + ": reads lane " + std::to_string(source) +
         ", which lies outside mask " + hex(mask);
}

std::string width_mistake(const char* name, unsigned width) {
  if (std::has_single_bit(width) && width <= warp_threads) return {};
  return std::string(name) + ": width " + std::to_string(static_cast<int>(width)) +
         " is not a power of two up to 32";
}

void fail_unless_empty(launch_run& run, const site& where, std::string mistake) {
  if (!mistake.empty()) run.fail(where, std::move(mistake));
}

rendezvous& free_meeting(warp& w) {
  for (const auto& meeting : w.meetings) {
    if (meeting->mask == 0) return *meeting;
  }
  return *w.meetings.emplace_back(std::make_unique<rendezvous>());
}

rendezvous& join(launch_run& run, warp& w, const collective& call) {
  const unsigned bit = run.self().lane_bit();
  for (const auto& meeting : w.meetings) {
    if ((meeting->mask & ~meeting->arrived & bit) == 0) continue;
    fail_unless_empty(run, call.where, disagreement(*meeting, call));
    return *meeting;
  }
  rendezvous& fresh = free_meeting(w);
  fresh.mask = call.mask;
  fresh.arrived = fresh.left = 0;
  fresh.name = call.name;
  fresh.qualifier = call.qualifier;
  fresh.where = call.where;
  return fresh;
}

void release_lanes(launch_run& run, unsigned lanes) {
  const unsigned first_rank = run.self().rank - run.self().lane();
  for (unsigned rest = lanes; rest != 0; rest &= rest - 1) {
    run.release(first_rank + static_cast<unsigned>(std::countr_zero(rest)));
  }
}

/// Holds the lane's seat in a complete meeting; the last to leave frees it.
class attendance {
 public:
  attendance(const collective& call, std::uint64_t deposit)
      : run_(device_call(call.name)),
        lane_bit_(run_.self().lane_bit()),
        meeting_(arrive(run_, call, deposit)) {}
  ~attendance() {
    meeting_.left |= lane_bit_;
    if (meeting_.left == meeting_.mask) meeting_.mask = 0;
  }
  attendance(const attendance&) = delete;
  attendance& operator=(const attendance&) = delete;

  launch_run& run() { return run_; }
  std::uint64_t value(unsigned lane) const { return meeting_.values[lane]; }

 private:
  static rendezvous& arrive(launch_run& run, const collective& call, std::uint64_t deposit) {
    const cuda_thread& self = run.self();
    warp& w = run.here().warps[self.rank / warp_threads];
    fail_unless_empty(run, call.where, mask_mistake(self, w, call));
    rendezvous& meeting = join(run, w, call);
    meeting.values[self.lane()] = deposit;
    meeting.arrived |= self.lane_bit();
    run.note_progress();
    if (meeting.is_complete()) {
      release_lanes(run, meeting.mask & ~self.lane_bit());
      if (run.is_random() && run.random().flip()) run.give_way(call.name, call.where);
    } else {
      run.wait(call.name, call.where);
    }
    return meeting;
  }

  launch_run& run_;
  unsigned lane_bit_;
  rendezvous& meeting_;
};

const char* shuffle_name(detail::shuffle kind) {
  constexpr const char* names[] = {"__shfl_sync", "__shfl_up_sync", "__shfl_down_sync",
                                   "__shfl_xor_sync"};
  return names[static_cast<int>(kind)];
}

const char* reduction_name(detail::reduction kind) {
  constexpr const char* names[] = {"__reduce_add_sync", "__reduce_min_sync", "__reduce_min_sync",
                                   "__reduce_max_sync", "__reduce_max_sync", "__reduce_and_sync",
                                   "__reduce_or_sync",  "__reduce_xor_sync"};
  return names[static_cast<int>(kind)];
}

/// The lane that a shuffle reads. Outside the caller's segment of `width` lanes it reads itself,
/// except that an exclusive-or may reach into an earlier segment: PTX's rule.
unsigned source_lane(detail::shuffle kind, unsigned lane, unsigned operand, unsigned width) {
  const unsigned first = lane & ~(width - 1);
  const unsigned last = first + width - 1;
  switch (kind) {
    case detail::shuffle::index:
      return first + (operand & (width - 1));
    case detail::shuffle::up:
      return operand > lane - first ? lane : lane - operand;
    case detail::shuffle::down:
      return operand > last - lane ? lane : lane + operand;
    default:
      return (lane ^ operand) > last ? lane : lane ^ operand;
  }
}

unsigned combine(detail::reduction kind, unsigned a, unsigned b) {
  switch (kind) {
    case detail::reduction::add:
      return a + b;
    case detail::reduction::min_signed:
      return static_cast<unsigned>(std::min(static_cast<int>(a), static_cast<int>(b)));
    case detail::reduction::min:
      return std::min(a, b);
    case detail::reduction::max_signed:
      return static_cast<unsigned>(std::max(static_cast<int>(a), static_cast<int>(b)));
    case detail::reduction::max:
      return std::max(a, b);
    case detail::reduction::bit_and:
      return a & b;
    case detail::reduction::bit_or:
      return a | b;
    default:
      return a ^ b;
  }
}

}  // namespace

void detail::warp_barrier(unsigned mask, site where) {
  const attendance seat({"__syncwarp", mask, 0, where}, 0);
}

std::uint64_t detail::warp_shuffle(shuffle kind, unsigned mask, std::uint64_t bits, unsigned bytes,
                                   unsigned operand, unsigned width, site where) {
  const char* const name = shuffle_name(kind);
  launch_run& run = device_call(name);
  fail_unless_empty(run, where, width_mistake(name, width));
  const unsigned source = source_lane(kind, run.self().lane(), operand, width);
  const attendance seat({name, mask, bytes, where}, bits);
  fail_unless_empty(run, where, source_mistake(name, source, mask));
  return seat.value(source);
}

unsigned detail::warp_ballot(const char* name, unsigned mask, bool predicate, site where) {
  const attendance seat({name, mask, 0, where}, predicate);
  unsigned votes = 0;
  for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
    const auto lane = static_cast<unsigned>(std::countr_zero(rest));
    if (seat.value(lane) != 0) votes |= 1u << lane;
  }
  return votes;
}

unsigned detail::warp_match(const char* name, unsigned mask, std::uint64_t bits, site where) {
  const attendance seat({name, mask, 0, where}, bits);
  unsigned equal = 0;
  for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
    const auto lane = static_cast<unsigned>(std::countr_zero(rest));
    if (seat.value(lane) == bits) equal |= 1u << lane;
  }
  return equal;
}

unsigned detail::warp_reduce(reduction kind, unsigned mask, unsigned value, site where) {
  const attendance seat({reduction_name(kind), mask, static_cast<unsigned>(kind), where}, value);
  unsigned rest = mask;
  auto result = static_cast<unsigned>(seat.value(static_cast<unsigned>(std::countr_zero(rest))));
  for (rest &= rest - 1; rest != 0; rest &= rest - 1) {
    const auto lane = static_cast<unsigned>(std::countr_zero(rest));
    result = combine(kind, result, static_cast<unsigned>(seat.value(lane)));
  }
  return result;
}

}  // namespace simt
