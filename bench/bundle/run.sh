#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
#
# Proves and measures bitwhere on this machine: x86-64 Linux with glibc 2.34 or newer; with an
# NVIDIA driver of at least CUDA 13.0 on its GPU too. Needs nothing else and writes only to
# results/. Each part has a time limit of its own, and a part that fails stops no other.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here" || exit 1
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
results=$here/results
mkdir -p "$results"
summary=$results/summary.txt
: >"$summary"
json_parts=()
failures=0
end=$((SECONDS + 520))

say() { echo "$*" | tee -a "$summary"; }

record() {  # name state note
  say "$(printf '%-8s %-36s %s' "$2" "$1" "$3")"
  json_parts+=("{\"part\": \"$1\", \"state\": \"$2\", \"note\": \"$3\"}")
  [ "$2" != failed ] || failures=$((failures + 1))
}

# part NAME SECONDS COMMAND...: the output goes to results/NAME.txt.
part() {
  local name=$1 limit=$2 begin=$SECONDS code
  shift 2
  [ $((end - SECONDS)) -ge "$limit" ] || limit=$((end - SECONDS))
  if [ "$limit" -lt 5 ]; then
    record "$name" skipped "no time left"
    return
  fi
  timeout -k 5 "$limit" "$@" >"$results/$name.txt" 2>&1
  code=$?
  if [ $code -eq 0 ]; then
    local skips
    skips=$(grep -c '^\[  SKIPPED \]' "$results/$name.txt")
    [ "$skips" -eq 0 ] || skips="$skips tests skipped, "
    [ "$skips" != 0 ] || skips=
    record "$name" passed "$skips$((SECONDS - begin)) s"
  elif [ $code -ge 124 ] && [ $((SECONDS - begin)) -ge "$limit" ]; then
    record "$name" failed "stopped after $limit s"
  else
    record "$name" failed "exit status $code; see $name.txt"
  fi
}

# A machine that is meant to have a GPU must not pass by not finding it.
if [ -e /dev/nvidia0 ] || command -v nvidia-smi >/dev/null; then
  export BITWHERE_REQUIRE_CUDA="${BITWHERE_REQUIRE_CUDA:-1}"
fi
gpu=no
part info 20 bin/bitwhere info
if grep -q '^ *cuda:0 ' "$results/info.txt" 2>/dev/null; then gpu=yes; fi
cat "$results/info.txt" >>"$summary"
if [ $gpu = yes ]; then
  export BITWHERE_REQUIRE_CUDA=1
elif [ "${BITWHERE_REQUIRE_CUDA:-0}" = 1 ]; then
  record gpu failed "a GPU is expected, and none can be used"
else
  record gpu skipped "no GPU: tests run on the cpu alone"
fi

part parity 100 bin/bitwhere parity --golden golden.txt --json "$results/parity.json"

for test in bin/*_test; do
  [ -x "$test" ] || continue
  part "$(basename "$test")" 90 "$test"
done

if [ $gpu = no ]; then
  record compute-sanitizer skipped "no GPU"
elif ! command -v compute-sanitizer >/dev/null; then
  record compute-sanitizer skipped "not installed"
else
  for test in bin/*_test; do
    # Only what compares devices: everything else has run already, and this is slow.
    filter='*Parity*cuda*'
    "$test" --gtest_list_tests --gtest_filter="$filter" 2>/dev/null | grep -q '^  ' || continue
    for tool in memcheck racecheck; do
      part "$(basename "$test")-$tool" 60 compute-sanitizer --tool "$tool" --error-exitcode 9 \
        "$test" --gtest_filter="$filter"
    done
  done
fi

for bench in bin/bench_*; do
  [ -x "$bench" ] || continue
  name=$(basename "$bench")
  # The large sizes on all cores (an element with scores is large itself), the cost of a call, and
  # everything of the GPU.
  filter="cuda:|threads:$(nproc)/elements:[0-9]{8,}/|_call|(argmax|logits).*threads:$(nproc)/"
  part "$name" 170 "$bench" --benchmark_filter="$filter" --benchmark_out="$results/$name.json"
done

for bench in bin/bench_*; do
  table=$results/$(basename "$bench").txt
  [ ! -s "$table" ] || { say ""; cat "$table" >>"$summary"; }
done
say ""
say "$failures parts failed; gpu: $gpu"
{
  printf '{"gpu": "%s", "failures": %d, "parts": [\n  ' "$gpu" "$failures"
  joined=$(printf '%s,\n  ' "${json_parts[@]}")
  printf '%s\n]}\n' "${joined%,*}"
} >"$results/summary.json"
[ "$failures" -eq 0 ]
