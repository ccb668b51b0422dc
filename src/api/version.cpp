// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <bitwhere/bitwhere.h>

int32_t bw_version(void) {
  return BITWHERE_VERSION_MAJOR * 10000 + BITWHERE_VERSION_MINOR * 100 + BITWHERE_VERSION_PATCH;
}

int32_t bw_bits_version(void) { return 1; }

const char* bw_status_name(bw_status status) {
  switch (status) {
    case BW_OK:
      return "ok";
    case BW_INVALID_ARGUMENT:
      return "invalid_argument";
    case BW_INVALID_DTYPE:
      return "invalid_dtype";
    case BW_INVALID_SHAPE:
      return "invalid_shape";
    case BW_INVALID_DEVICE:
      return "invalid_device";
    case BW_OVERLAP:
      return "overlap";
    case BW_READ_ONLY:
      return "read_only";
    case BW_OUT_OF_RANGE:
      return "out_of_range";
    case BW_UNAVAILABLE:
      return "unavailable";
    case BW_OUT_OF_MEMORY:
      return "out_of_memory";
    case BW_CUDA_ERROR:
      return "cuda_error";
    case BW_DATA_ERROR:
      return "data_error";
    case BW_INTERNAL:
      return "internal";
  }
  return "unknown";
}
