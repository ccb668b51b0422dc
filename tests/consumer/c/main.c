/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the bitwhere authors */
#include <bitwhere/bitwhere.h>
#include <stdio.h>
#include <string.h>

/* A choice by the C interface alone. */
int main(void) {
  float x[4] = {0.5f, 0.0f, 1.0f, -2.0f};
  float out[4] = {0};
  int64_t shape[2] = {2, 2};
  bw_tensor in = {x, {BW_CPU, 0}, 2, {BW_FLOAT, 32, 1}, shape, NULL, 0};
  bw_tensor result = in;
  bw_condition positive;
  bw_operand chosen = {&in, {0}};
  bw_operand otherwise = {NULL, {0}};
  bw_context* cpu = NULL;

  result.data = out;
  memset(&positive, 0, sizeof positive);
  positive.struct_bytes = sizeof positive;
  positive.predicate = BW_GT;
  positive.tensor = &in;
  positive.with.scalar.kind = BW_SCALAR_INT;
  otherwise.scalar.kind = BW_SCALAR_FLOAT;
  otherwise.scalar.value.real[0] = 1e-6;

  if (bw_context_create(NULL, &cpu) != BW_OK) {
    fprintf(stderr, "%s\n", bw_message(NULL));
    return 1;
  }
  if (bw_where(cpu, &positive, chosen, otherwise, &result) != BW_OK) {
    fprintf(stderr, "%s\n", bw_message(cpu));
    return 1;
  }
  printf("%g %g %g %g\n", out[0], out[1], out[2], out[3]);
  bw_context_destroy(cpu);
  return 0;
}
