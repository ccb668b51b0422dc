/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the bitwhere authors */
/**
 * bitwhere: torch's `where` and label metrics as a small C library, with the same bits on every
 * CPU and every GPU.
 *
 * This header is the whole exported surface and includes nothing but <stddef.h> and <stdint.h>.
 *
 * Conventions, true of every function unless its block says otherwise:
 *   Calls     The context comes first, inputs next, outputs last. No function prints, aborts or
 *             throws. Every failing call returns a status and leaves a text in the context.
 *   Errors    All statuses are decided before any output is touched, except
 *             BW_OUT_OF_MEMORY and BW_CUDA_ERROR. Codes are API, texts are not.
 *   Sizes     Shapes, strides and counts are in elements, `_bytes` in bytes, all 64-bit.
 *   Options   Structs that begin with struct_bytes, so that they can grow: set it to sizeof and the
 *             rest to zero. An option that the loaded library does not know is an error.
 *   Memory    Nothing is retained after a call: tensors and options may live on the stack. On
 *             cuda the *data* must stay alive until the stream has passed the call.
 *   Streams   On cuda every call enqueues on the context's stream and returns; only
 *             bw_synchronize waits, and bw_copy where host memory is involved. Streams of
 *             different contexts are not ordered: synchronise before one reads what another wrote.
 *   Threads   One context, one thread at a time. Different contexts are independent.
 *   Fork      A child of fork() may keep using a cpu context of its parent: its results are the
 *             same, computed on the calling thread alone. cuda contexts do not survive fork().
 *   Floating  Denormals are kept and rounding is to nearest whatever the caller has set; the
 *             caller's floating-point state is restored before a call returns.
 *   Platform  Linux on x86-64 (glibc 2.34 or newer) and aarch64, little-endian. cuda needs a GPU
 *             of compute capability 7.5 or newer and a driver of CUDA 13.0 (R580) or newer. The
 *             library loads without any driver and then offers cpu alone.
 */
#ifndef BITWHERE_BITWHERE_H
#define BITWHERE_BITWHERE_H

#include <stddef.h>
#include <stdint.h>

#define BITWHERE_VERSION_MAJOR 0
#define BITWHERE_VERSION_MINOR 1
#define BITWHERE_VERSION_PATCH 0

#if defined(BITWHERE_STATIC)
#define BITWHERE_API
#else
#define BITWHERE_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------- */
/* Status                                                                                      */
/* ------------------------------------------------------------------------------------------- */

typedef enum bw_status {
  BW_OK = 0,
  BW_INVALID_ARGUMENT = 1, /**< a null pointer, a negative size, an option out of its range */
  BW_INVALID_DTYPE = 2,    /**< a dtype that this argument does not take */
  BW_INVALID_SHAPE = 3,    /**< shapes that do not broadcast, or an output of another shape */
  BW_INVALID_DEVICE = 4,   /**< a tensor that is not on the context's device */
  BW_OVERLAP = 5,          /**< an output that overlaps itself, or an input in part */
  BW_READ_ONLY = 6,        /**< an output that was imported as read-only (C++ layer) */
  BW_OUT_OF_RANGE = 7,     /**< a number that the result dtype cannot represent */
  BW_UNAVAILABLE = 8,      /**< a device or instruction set that is unknown or not here */
  BW_OUT_OF_MEMORY = 9,    /**< an allocation failed */
  BW_CUDA_ERROR = 10,      /**< the CUDA runtime reported an error, named in the text */
  BW_DATA_ERROR = 11,      /**< a report counted bad data (thrown by the C++ layer on request) */
  BW_INTERNAL = 12         /**< a defect of this library */
} bw_status;

/** The name of a status, e.g. "invalid_shape"; "unknown" for a number that is none. */
BITWHERE_API const char* bw_status_name(bw_status status);

/* ------------------------------------------------------------------------------------------- */
/* Version                                                                                     */
/* ------------------------------------------------------------------------------------------- */

/** major * 10000 + minor * 100 + patch of the library that is loaded. */
BITWHERE_API int32_t bw_version(void);

/**
 * The version of the definition of all result bits. Two libraries of one bits version give the
 * same bits on every device; a release that changes any result raises it.
 */
BITWHERE_API int32_t bw_bits_version(void);

/* ------------------------------------------------------------------------------------------- */
/* Tensors                                                                                     */
/* ------------------------------------------------------------------------------------------- */

/** Codes of bw_dtype, as DLPack numbers them. */
typedef enum bw_dtype_code {
  BW_INT = 0,
  BW_UINT = 1,
  BW_FLOAT = 2,
  BW_BFLOAT = 4,
  BW_COMPLEX = 5, /**< bits count both parts: c64 has 64 */
  BW_BOOL = 6     /**< one byte; every byte but 0 is true */
} bw_dtype_code;

/** Element type; layout of DLDataType. Supported: bool, u8, i8, i16, i32, i64, f16, bf16, f32,
 *  f64, c64, c128, all with lanes = 1. */
typedef struct bw_dtype {
  uint8_t code; /**< a bw_dtype_code */
  uint8_t bits;
  uint16_t lanes;
} bw_dtype;

/** Kinds of memory, as DLPack numbers them. */
typedef enum bw_device_type {
  BW_CPU = 1,
  BW_CUDA = 2,
  BW_CUDA_HOST = 3,    /**< pinned: readable by cpu contexts */
  BW_CUDA_MANAGED = 13 /**< readable by cpu and cuda contexts */
} bw_device_type;

/** Where memory lies; layout of DLDevice. */
typedef struct bw_device {
  int32_t type; /**< a bw_device_type */
  int32_t index;
} bw_device;

/**
 * A borrowed tensor; layout of DLTensor, so that a DLPack producer's struct can be passed by a
 * cast. Rank 0 to 16, any strides (zero and negative too), any alignment.
 */
typedef struct bw_tensor {
  void* data; /**< may be NULL where the tensor has no elements */
  bw_device device;
  int32_t ndim;
  bw_dtype dtype;
  int64_t* shape;       /**< ndim sizes; may be NULL where ndim is 0 */
  int64_t* strides;     /**< ndim strides in elements; NULL: row-major contiguous */
  uint64_t byte_offset; /**< the first element lies at (char*)data + byte_offset */
} bw_tensor;

#define BW_MAX_RANK 16

typedef enum bw_scalar_kind {
  BW_SCALAR_BOOL = 0,   /**< value.integer, 0 or not */
  BW_SCALAR_INT = 1,    /**< value.integer */
  BW_SCALAR_FLOAT = 2,  /**< value.real[0] */
  BW_SCALAR_COMPLEX = 3 /**< value.real[0] + i * value.real[1] */
} bw_scalar_kind;

/** A number without a dtype: it takes the dtype of the tensors it meets. */
typedef struct bw_scalar {
  int32_t kind; /**< a bw_scalar_kind */
  int32_t reserved;
  union {
    int64_t integer;
    double real[2];
  } value;
} bw_scalar;

/** A tensor, or a scalar where `tensor` is NULL. */
typedef struct bw_operand {
  const bw_tensor* tensor;
  bw_scalar scalar;
} bw_operand;

/* ------------------------------------------------------------------------------------------- */
/* Promotion                                                                                   */
/* ------------------------------------------------------------------------------------------- */

/** What an operand counts for when dtypes are promoted, strongest first. */
typedef enum bw_standing {
  BW_STANDING_TENSOR = 0, /**< a tensor of rank 1 or more */
  BW_STANDING_0D = 1,     /**< a tensor of rank 0 */
  BW_STANDING_SCALAR = 2  /**< a number; its dtype is bool, i64, f32 or c64 by its kind */
} bw_standing;

typedef struct bw_typed {
  bw_dtype dtype;
  int32_t standing; /**< a bw_standing */
} bw_typed;

/**
 * The dtype that operands of these dtypes promote to: torch's rule in three classes. It depends
 * on dtypes and standings alone, never on a value, and not on their order.
 *
 *   Among operands of one standing: the smallest dtype of the highest kind (bool, integer, float,
 *   complex) that both fit in; u8 with a signed integer: a signed one with room for both; an
 *   integer with a float: that float; f16 with bf16: f32; c64 with f64: c128.
 *   A weaker standing changes the dtype only where it brings a higher kind: f32 with a 0-d f64 is
 *   f32, i8 with a 0-d i64 is i8, i32 with the scalar 1.5 is f32, f64 with a complex one is c128.
 *   Throws: BW_INVALID_ARGUMENT for count 0, BW_INVALID_DTYPE for dtypes that are not supported
 *           and for f16 with a complex of weaker standing: there is no complex32
 *   Torch:  torch.result_type
 */
BITWHERE_API bw_status bw_result_type(const bw_typed* operands, size_t count, bw_dtype* result);

/* ------------------------------------------------------------------------------------------- */
/* Devices                                                                                     */
/* ------------------------------------------------------------------------------------------- */

/** What stands between this process and a GPU. */
typedef enum bw_cuda_state {
  BW_CUDA_READY = 0,
  BW_CUDA_NOT_BUILT = 1,      /**< the library was built without CUDA */
  BW_CUDA_NO_DRIVER = 2,      /**< no NVIDIA driver is installed */
  BW_CUDA_DRIVER_TOO_OLD = 3, /**< a driver is there, but older than the library's CUDA */
  BW_CUDA_NO_DEVICE = 4,      /**< the driver lists no GPU */
  BW_CUDA_FAILED = 5          /**< the driver is there and reports another error */
} bw_cuda_state;

BITWHERE_API bw_cuda_state bw_cuda(void);

/** A device that a context can be made for. */
typedef struct bw_device_info {
  size_t struct_bytes; /**< set to sizeof(bw_device_info) before the call */
  char name[32];       /**< "cpu", "cuda:0": what bw_context_options.device takes */
  char description[160];
} bw_device_info;

/** The number of devices: 1 (cpu) plus the CUDA devices. */
BITWHERE_API int32_t bw_device_count(void);

/** Describes device `index`, 0 <= index < bw_device_count(); cpu is 0. */
BITWHERE_API bw_status bw_device_describe(int32_t index, bw_device_info* info);

/** An instruction set of the cpu device that this library was compiled for. */
typedef struct bw_isa_info {
  size_t struct_bytes; /**< set to sizeof(bw_isa_info) before the call */
  char name[16];       /**< "scalar", "avx2", "avx512", "neon" */
  int32_t available;   /**< 1 where this CPU has every feature the code was compiled for */
} bw_isa_info;

/** The number of instruction sets compiled in, best first. */
BITWHERE_API int32_t bw_isa_count(void);
BITWHERE_API bw_status bw_isa_describe(int32_t index, bw_isa_info* info);

/* ------------------------------------------------------------------------------------------- */
/* Context                                                                                     */
/* ------------------------------------------------------------------------------------------- */

/** Device, stream, threads, allocator and workspace of a chain of calls. */
typedef struct bw_context bw_context;

/** One record a kernel that ran, given to the trace callback during the call. */
typedef struct bw_trace_record {
  size_t struct_bytes;
  const char* operation; /**< "where", "confusion_matrix", ... */
  const char* device;    /**< "cpu", "cuda:0" */
  const char* isa;       /**< "avx2", ...; "" on cuda */
  const char* kernel;    /**< the path that was taken, e.g. "where.dense" */
  int64_t bytes;         /**< bytes that the operation must read and write */
  int32_t threads;       /**< CPU threads that the work was offered to; 0 on cuda */
} bw_trace_record;

/** Must return normally: an exception that leaves it makes the call fail with BW_INTERNAL. */
typedef void (*bw_trace_function)(void* user, const bw_trace_record* record);

/**
 * Memory from the caller. `bytes` is never 0, `alignment` is a power of two. On cuda the memory
 * is used on `stream` (a cudaStream_t) only; on cpu `stream` is NULL. `allocate` returns NULL when
 * it has none, and what `deallocate` is given may still be in use by what `stream` has been given
 * before: it is for calls on the same stream, or free when that has passed.
 */
typedef struct bw_allocator {
  void* user;
  void* (*allocate)(void* user, size_t bytes, size_t alignment, bw_device device, void* stream);
  void (*deallocate)(void* user, void* pointer, size_t bytes, bw_device device, void* stream);
} bw_allocator;

typedef struct bw_context_options {
  size_t struct_bytes; /**< sizeof(bw_context_options) */
  const char* device;  /**< "cpu", "cuda:0"; NULL: $BITWHERE_DEVICE, else "cpu" */
  const char* isa;     /**< "scalar", "avx2", ...; NULL: $BITWHERE_ISA, else the best here. Must
                            be NULL or "" with a cuda device */
  int32_t threads;     /**< cpu threads at most; 0: one a core */
  int32_t reserved;
  void* stream; /**< a cudaStream_t of the device; NULL: the context makes one of its own
                     (for the legacy default stream pass cudaStreamLegacy) */
  const bw_allocator* allocator; /**< copied; NULL: aligned_alloc, cudaMallocAsync */
  bw_trace_function trace;       /**< NULL: none */
  void* trace_user;
} bw_context_options;

/**
 * Makes a context. `options` NULL means all defaults.
 *   Throws: BW_UNAVAILABLE for a device or instruction set that is unknown or not here, also
 *           when it was named by the environment: never a fallback. The text is in
 *           bw_message(NULL).
 */
BITWHERE_API bw_status bw_context_create(const bw_context_options* options, bw_context** context);

/** Waits for the context's stream and frees everything it owns. NULL is allowed. */
BITWHERE_API void bw_context_destroy(bw_context* context);

/**
 * The text of the last failing call on `context`; with NULL that of this thread's last failing
 * call that had no context. Valid until the next call. Never NULL.
 */
BITWHERE_API const char* bw_message(const bw_context* context);

/** What a context is; of NULL: "", 0, NULL, {0, 0}. */
BITWHERE_API const char* bw_context_device(const bw_context* context); /**< "cpu", "cuda:0" */
BITWHERE_API const char* bw_context_isa(const bw_context* context);    /**< "" on cuda */
BITWHERE_API int32_t bw_context_threads(const bw_context* context);    /**< 0 on cuda */
BITWHERE_API void* bw_context_stream(const bw_context* context);       /**< NULL on cpu */
/** The memory kind and index that the context's tensors carry. */
BITWHERE_API bw_device bw_context_memory(const bw_context* context);

/** Waits until everything enqueued on the context's stream is done. On cpu: nothing to do. */
BITWHERE_API bw_status bw_synchronize(bw_context* context);

/* ------------------------------------------------------------------------------------------- */
/* Memory                                                                                      */
/* ------------------------------------------------------------------------------------------- */

/** Allocates `bytes` on the context's device, aligned to 256 bytes; 0 bytes give NULL. */
BITWHERE_API bw_status bw_allocate(bw_context* context, size_t bytes, void** pointer);
/** Frees, in stream order, what bw_allocate of the same context gave; `bytes` as then. */
BITWHERE_API bw_status bw_free(bw_context* context, void* pointer, size_t bytes);

/**
 * Copies out[i] = from[i], moving bits.
 *   from, out   one dtype, one shape, any strides; each on the context's device or on the cpu
 *   Cost:       reads and writes each byte once; strided tensors that cross between devices take
 *               a contiguous temporary
 *   Sync:       waits for the copy where host memory is involved and the device is cuda
 *   Throws:     BW_INVALID_SHAPE, BW_INVALID_DTYPE, BW_INVALID_DEVICE, BW_OVERLAP
 */
BITWHERE_API bw_status bw_copy(bw_context* context, const bw_tensor* from, const bw_tensor* out);

/* ------------------------------------------------------------------------------------------- */
/* where                                                                                       */
/* ------------------------------------------------------------------------------------------- */

typedef enum bw_predicate {
  BW_TRUTH = 0, /**< the tensor is bool and is the condition itself */
  BW_LT = 1,
  BW_LE = 2,
  BW_GT = 3,
  BW_GE = 4,
  BW_EQ = 5,
  BW_NE = 6,
  BW_ISNAN = 7,    /**< complex: either part; never of bool and integers */
  BW_ISINF = 8,    /**< complex: either part; never of bool and integers */
  BW_ISFINITE = 9, /**< complex: both parts; always of bool and integers */
  BW_NONZERO = 10, /**< also of complex: either part; NaN and denormals count, -0 does not */
  BW_AND = 16,
  BW_OR = 17,
  BW_NOT = 18
} bw_predicate;

#define BW_MAX_LEAVES 8

/**
 * A condition: a bool tensor, a predicate of tensors, or a tree of them. It is evaluated where it
 * is used; no mask is made. Leaves broadcast with each other and with everything else.
 *
 * A comparison with a scalar: a float tensor compares in its own dtype, the scalar rounded to it
 * first (f32 0.1 > 0.1 is false). An integer or bool tensor compares exactly, as mathematics does:
 * a u8 is never equal to 300 and always greater than -0.5. A comparison of two tensors is made in
 * the dtype that they promote to. NaN compares as IEEE 754 says. Complex numbers have no order and
 * no comparison here.
 *   Throws: BW_INVALID_DTYPE, BW_INVALID_ARGUMENT for an unknown predicate, a NULL where an
 *           operand is needed or more than BW_MAX_LEAVES leaves
 *   Torch:  different: integers compare exactly with scalars (torch wraps: u8 44 == 300 there)
 */
typedef struct bw_condition {
  size_t struct_bytes;              /**< sizeof(bw_condition) */
  int32_t predicate;                /**< a bw_predicate */
  int32_t reserved;                 /**< 0 */
  const bw_tensor* tensor;          /**< of a leaf: bool for BW_TRUTH, else any dtype */
  bw_operand with;                  /**< the right side of a comparison; a scalar is not complex */
  const struct bw_condition* left;  /**< of BW_AND, BW_OR and BW_NOT */
  const struct bw_condition* right; /**< of BW_AND and BW_OR */
} bw_condition;

/**
 * The shape and dtype that bw_where gives for these inputs: what to allocate for `out`. Reads no
 * data. `shape` receives up to BW_MAX_RANK sizes.
 *   Throws: as bw_where; the text is in bw_message(NULL)
 */
BITWHERE_API bw_status bw_where_result(const bw_condition* condition, bw_operand x, bw_operand y,
                                       bw_dtype* dtype, int32_t* ndim, int64_t* shape);

/**
 * Selects out[i] = condition[i] ? x[i] : y[i].
 *
 *   condition  takes no part in choosing the dtype; the shape may come from it alone
 *   x, y       tensors or scalars of any dtypes; what differs from the result's dtype is converted
 *              in the same pass
 *   out        the shape of condition, x and y broadcast together (right-aligned, sizes equal or
 *              1), the dtype that x and y promote to (bw_result_type); may be exactly x, y or a
 *              tensor of the condition
 *   0-d        tensors of rank 0 in host memory are read at the call, and may join a cuda context
 * Example:  condition [T F T F], x [1 2 3 4], y [10 20 30 40] -> [1 20 3 40]
 * Edge:     values of the result's dtype move bit by bit (NaN payloads, -0); bool values leave as 0
 *           or 1. Conversions: bool to 0 or 1; integers and f64 reach f16 and bf16 through f32,
 * each step rounded to nearest even; integers of a weaker standing wrap, floats of one become
 *           infinite; a NaN that is converted becomes the canonical quiet NaN. A tensor of no
 *           elements reads and writes nothing
 * Cost:     reads each tensor among condition, x and y once, writes out once; no workspace, no
 *           sync, one launch
 * Throws:   BW_INVALID_DTYPE (condition not bool, f16 with a complex scalar), BW_INVALID_SHAPE,
 *           BW_INVALID_DEVICE, BW_OVERLAP, BW_OUT_OF_RANGE (300 or -1 into u8, 1e6 into f16),
 *           BW_INVALID_ARGUMENT
 * Torch:    torch.where. Different: out must have the right shape; a u8 condition is an error;
 *           -1 into u8 is an error; the result is row-major unless out says otherwise
 */
BITWHERE_API bw_status bw_where(bw_context* context, const bw_condition* condition, bw_operand x,
                                bw_operand y, const bw_tensor* out);

/**
 * Stores a condition: out[i] = condition[i] as bool, 0 or 1.
 *   out      bool, the shape of the condition
 *   Cost:    reads each tensor of the condition once, writes a byte an element; no sync, one launch
 *   Throws:  as bw_where
 */
BITWHERE_API bw_status bw_mask(bw_context* context, const bw_condition* condition,
                               const bw_tensor* out);

/**
 * The gradients of bw_where by its sides: of x the upstream gradient where the condition holds, of
 * y that where it does not, and exactly +0 elsewhere, whatever stands there. Where a side was
 * broadcast, its gradient is the exact sum over what it was broadcast along.
 *
 *   upstream    f16, bf16, f32 or f64: the gradient of where's result, of its shape; a stride of 0
 *               repeats a number
 *   gradient_x  of x, in the shape of x: f16, bf16, f32 or f64. NULL: not wanted, or a scalar
 *   gradient_y  of y, the same. One of the two may, unless its side was broadcast, be exactly
 *               upstream or a tensor of the condition
 * Example:  condition [T F T F], upstream [1 2 3 4], y of shape (1) -> x [1 0 3 0], y [6]
 * Result:   an element that was chosen moves, converted as bw_where converts; a sum is exact and
 *           rounded once, and as in bw_reduce
 * Order:    none: the bits are the same for any device, threads and strides
 * Cost:     for each gradient, reads upstream and the tensors of the condition once and writes it
 *           once; no sync, one launch, of sums as bw_reduce
 * Throws:   BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP, BW_INVALID_ARGUMENT
 * Torch:    the backward pass of torch.where. Different: sums are exact
 */
BITWHERE_API bw_status bw_where_gradient(bw_context* context, const bw_condition* condition,
                                         const bw_tensor* upstream, const bw_tensor* gradient_x,
                                         const bw_tensor* gradient_y);

/* ------------------------------------------------------------------------------------------- */
/* Counting                                                                                    */
/* ------------------------------------------------------------------------------------------- */

/** Over which dimensions an operation reduces. */
typedef struct bw_reduction {
  size_t struct_bytes; /**< sizeof(bw_reduction) */
  const int32_t* dims; /**< each once; negative ones count from the end */
  size_t dim_count;    /**< 0: all dimensions */
  int32_t keepdim;     /**< 1: reduced dimensions stay with size 1 */
  int32_t reserved;
} bw_reduction;

/** The shape that bw_count_nonzero gives; `shape` receives up to BW_MAX_RANK sizes. */
BITWHERE_API bw_status bw_count_nonzero_result(const bw_condition* condition,
                                               const bw_reduction* over, int32_t* ndim,
                                               int64_t* shape);

/**
 * Counts where a condition holds.
 *
 *   condition  any; of a tensor that is not bool: BW_NONZERO
 *   over       NULL: all dimensions, into a tensor of rank 0
 *   out        i64, the condition's shape without the reduced dimensions (keepdim: with size 1)
 * Example:  [[0 1 2] [0 0 3]] over dims {0} -> [0 1 2]; over all -> 3
 * Edge:     a count over no elements is 0
 * Order:    integers: exact whatever the order
 * Cost:     reads each tensor of the condition once; no sync; one launch and a memset. An out
 *           that is strided or not aligned takes 8 bytes a count for the time of the call, in
 *           stream order, and a second launch
 * Throws:   BW_INVALID_ARGUMENT (a dimension out of range or named twice), BW_INVALID_DTYPE,
 *           BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP
 * Torch:    torch.count_nonzero. Different: a tensor of rank 0 has no dimension 0 to name
 */
BITWHERE_API bw_status bw_count_nonzero(bw_context* context, const bw_condition* condition,
                                        const bw_reduction* over, const bw_tensor* out);

/* ------------------------------------------------------------------------------------------- */
/* Selecting: the indices and the values where a condition holds                               */
/* ------------------------------------------------------------------------------------------- */

/** How indices are laid out. n: the number of hits or, of a caller's output, its capacity. */
typedef enum bw_index_form {
  BW_INDEX_ROWS = 0,    /**< (n, rank): a row a hit, as torch.nonzero and numpy.argwhere */
  BW_INDEX_COLUMNS = 1, /**< (rank, n): a row a dimension, as numpy.nonzero and ONNX */
  BW_INDEX_FLAT = 2     /**< (n): row-major linear indices, as numpy.flatnonzero */
} bw_index_form;

/**
 * What was found, in memory that the context's device writes. On cuda that may be pinned host
 * memory, too: once an event after the call has passed, the count is there without a copy.
 */
typedef struct bw_found {
  int64_t count;    /**< hits, also those that the output had no room for */
  int64_t overflow; /**< 1 where count is more than the capacity, else 0 */
} bw_found;

typedef struct bw_nonzero_options {
  size_t struct_bytes; /**< sizeof(bw_nonzero_options) */
  int32_t form;        /**< a bw_index_form */
  int32_t keep_rest;   /**< 1: entries beyond the hits are left as they are; 0: they get `fill` */
  int64_t fill;        /**< must fit the index dtype; torch's default is -1, JAX's is 0 */
  bw_dtype index;      /**< of what bw_nonzero allocates: i64 or i32; all zero: i64 */
  int32_t reserved;
} bw_nonzero_options;

/** Memory that an allocating call has taken from the context; bw_free(context, data, bytes). */
typedef struct bw_selection {
  void* data; /**< NULL where there are no bytes */
  size_t bytes;
  int64_t count; /**< hits: the n of the shape */
} bw_selection;

/**
 * Stores the indices of the elements for which a condition holds, as many as there is room for.
 *
 *   condition  any; of a tensor that is not bool: BW_NONZERO, which is true for NaN, infinities and
 *              denormals and false for -0
 *   options    NULL: rows, rest filled with 0
 *   out        i64 or i32, any strides: (capacity, rank), (rank, capacity) or (capacity) by the
 *              form; a capacity of 0 only counts
 *   found      device memory, aligned to 8 bytes, or NULL
 * Example:  [[0 1] [2 0]] into a capacity of 3, fill -1 -> [[0 1] [1 0] [-1 -1]], found {2, 0}
 * Edge:     a 0-d condition has no coordinates: (capacity, 0) with a count of 0 or 1; its flat
 *           index is 0. Hits beyond the capacity are counted and stored nowhere
 * Order:    row-major by the logical index, whatever the strides
 * Cost:     reads each tensor of the condition once; writes hits, and the rest where it is filled.
 *           No host sync. cpu: no memory that grows with the input. cuda: elements / 8 bytes of
 *           workspace, written and read once, which the context keeps; a captured graph has its
 *           own, as memory nodes, whoever allocates for the context. Four launches. Call it once
 *           before capturing: kernels are loaded at their first launch
 * Throws:   BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP, BW_INVALID_ARGUMENT,
 *           BW_OUT_OF_RANGE where an index of this shape, or the fill, does not fit i32
 * Torch:    torch.nonzero_static, with the count that it does not give
 */
BITWHERE_API bw_status bw_nonzero_into(bw_context* context, const bw_condition* condition,
                                       const bw_nonzero_options* options, const bw_tensor* out,
                                       bw_found* found);

/**
 * The same into new memory of exactly the size: row-major contiguous (n, rank), (rank, n) or (n).
 *
 *   options    NULL: rows of i64; fill and keep_rest are not used
 *   selection  the caller's to free, on the host; written where the call succeeds
 * Edge:     nothing found, or rank 0: no memory, the count says how many hits
 * Cost:     as bw_nonzero_into, and elements / 8 bytes of workspace on cpu, too. Waits for the
 *           count once on cuda: BW_INVALID_ARGUMENT where the stream is being captured
 * Throws:   as bw_nonzero_into, and BW_OUT_OF_MEMORY
 * Torch:    torch.nonzero. Different: rows are contiguous
 */
BITWHERE_API bw_status bw_nonzero(bw_context* context, const bw_condition* condition,
                                  const bw_nonzero_options* options, bw_selection* selection);

typedef struct bw_select_options {
  size_t struct_bytes;   /**< sizeof(bw_select_options) */
  const bw_scalar* fill; /**< stored as a value of x's dtype; NULL: 0 */
  int32_t keep_rest;     /**< 1: elements beyond the hits are left as they are */
  int32_t reserved;
} bw_select_options;

/**
 * Stores the values of x where a condition holds, as many as there is room for.
 *
 *   x          any dtype; it and the condition broadcast together
 *   options    NULL: the rest is filled with 0
 *   out        (capacity), the dtype of x, any stride; a capacity of 0 only counts
 *   found      device memory, aligned to 8 bytes, or NULL
 * Example:  x [5 6 7], mask [1 0 1], capacity 3, fill 9 -> [5 7 9], found {2, 0}
 * Edge:     values move bit by bit, NaN payloads and the bytes of bools too
 * Order:    row-major by the logical index of the broadcast shape
 * Cost:     as bw_nonzero_into; of x, on cuda, only hits are read
 * Throws:   as bw_nonzero_into; BW_OUT_OF_RANGE and BW_INVALID_DTYPE for a fill that x's dtype
 *           cannot represent
 * Torch:    torch.masked_select with a capacity
 */
BITWHERE_API bw_status bw_masked_select_into(bw_context* context, const bw_tensor* x,
                                             const bw_condition* condition,
                                             const bw_select_options* options, const bw_tensor* out,
                                             bw_found* found);

/**
 * The same into new memory of exactly the size, (n), contiguous.
 *   Cost:    as bw_nonzero, one wait on cuda
 *   Throws:  as bw_masked_select_into, and BW_OUT_OF_MEMORY
 *   Torch:   torch.masked_select
 */
BITWHERE_API bw_status bw_masked_select(bw_context* context, const bw_tensor* x,
                                        const bw_condition* condition, bw_selection* selection);

/* ------------------------------------------------------------------------------------------- */
/* Cleaning                                                                                    */
/* ------------------------------------------------------------------------------------------- */

/** How often bw_nan_to_num replaced what, in memory of the context's device. */
typedef struct bw_replaced {
  int64_t nan;
  int64_t posinf;
  int64_t neginf;
} bw_replaced;

typedef struct bw_nan_to_num_options {
  size_t struct_bytes;     /**< sizeof(bw_nan_to_num_options) */
  const bw_scalar* nan;    /**< NULL: 0 */
  const bw_scalar* posinf; /**< NULL: the largest finite number of the dtype */
  const bw_scalar* neginf; /**< NULL: the lowest */
  int32_t accumulate;      /**< 0: `replaced` is overwritten; 1: it is added to */
  int32_t reserved;
} bw_nan_to_num_options;

/**
 * Replaces NaN and infinities by numbers, and counts them.
 *
 *   x         any dtype; bool and integers are copied. Complex numbers are cleaned part by part,
 *             and each part counts
 *   options   NULL: the defaults
 *   out       the shape and dtype of x; may be exactly x
 *   replaced  device memory for a bw_replaced, aligned to 8 bytes, or NULL
 * Example:  [1 nan 2 inf] with posinf 9 -> [1 0 2 9], replaced {1, 1, 0}
 * Edge:     every other value moves bit by bit
 * Cost:     reads x once, writes out once; no workspace, no sync; one launch, and a memset where
 *           `replaced` is given
 * Throws:   BW_OUT_OF_RANGE (1e6 for f16), BW_INVALID_DTYPE (a complex replacement),
 *           BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP, BW_INVALID_ARGUMENT
 * Torch:    torch.nan_to_num. Different: a replacement that does not fit is an error (torch: an
 *           infinity); complex numbers are cleaned part by part
 */
BITWHERE_API bw_status bw_nan_to_num(bw_context* context, const bw_tensor* x,
                                     const bw_nan_to_num_options* options, const bw_tensor* out,
                                     bw_replaced* replaced);

/* ------------------------------------------------------------------------------------------- */
/* Label metrics                                                                               */
/* ------------------------------------------------------------------------------------------- */

/**
 * What was wrong in the data, in memory of the context's device. Reports of shards merge by
 * adding counts and taking the smaller first index as unsigned numbers.
 */
typedef struct bw_report {
  int64_t count;       /**< elements with bad data */
  int64_t first_index; /**< row-major logical index of the first of them; -1: none */
} bw_report;

#define BW_MAX_IGNORE 256

/** Not optional: bw_accuracy needs no field but struct_bytes, scores need class_dim as well. */
typedef struct bw_label_options {
  size_t struct_bytes;   /**< sizeof(bw_label_options) */
  int64_t classes;       /**< labels 0 .. classes-1 are classes; up to 32768 */
  const int64_t* ignore; /**< target values whose pixels do not count, in or out of the classes */
  size_t ignore_count;   /**< up to BW_MAX_IGNORE */
  int64_t first_element; /**< added to the indices of the report: where this shard begins */
  int32_t accumulate;    /**< 0: outputs are overwritten; 1: they are added to */
  int32_t class_dim;     /**< of logits: the dimension of the classes, negative from the end: 0 for
                              (C, H, W), 1 for (N, C) and (N, C, d1..dk) */
  const bw_condition* condition; /**< only pixels where it holds count; NULL: all */
  int64_t pixel_weight;          /**< what a pixel adds to the counts, from 1 on; 0: as 1 */
} bw_label_options;

/**
 * Counts counts[t][p] = number of pixels with target t and prediction p.
 *
 *   prediction  a label map: u8, i8, i16, i32 or i64, of the target's shape; or logits (or
 *               probabilities): f16, bf16, f32 or f64, of the target's shape with the classes as
 *               one more dimension, class_dim, of size `classes`. The prediction is then the class
 *               that bw_argmax gives, found on the way: no map of it is made
 *   target      a label map: u8, i8, i16, i32 or i64; any strides, as all inputs
 *   condition   broadcasts to the target's shape
 *   counts      i64 (classes, classes), row-major contiguous; row = target
 *   report      device memory for a bw_report, or NULL; counts pixels that are not ignored, under
 *               the condition, and whose target or prediction is no class. They are counted nowhere
 *               else
 * Example:  prediction [1 2 0 0 1 2], target [1 255 0 0 1 255], classes 3, ignore {255}
 *           -> [[2 0 0] [0 2 0] [0 0 0]]
 * Edge:     ignore is compared before the range, in 64 bits; the prediction of an ignored pixel is
 *           never looked at; no pixels give zeros. Weights by condition: once with a condition and
 *           its weight, once with its negation, another weight and accumulate = 1. Counts are
 *           taken modulo 2^64
 * Order:    integers: exact, and shards add up (accumulate) to the counts of one pass
 * Cost:     reads each label, logit and tensor of the condition once, writes 8 * classes^2 bytes;
 *           workspace at most 4 MiB a cpu thread, none on cuda; no sync; one launch, and memsets
 *           with accumulate = 0
 * Throws:   BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_INVALID_ARGUMENT, BW_OVERLAP
 */
BITWHERE_API bw_status bw_confusion_matrix(bw_context* context, const bw_tensor* prediction,
                                           const bw_tensor* target, const bw_label_options* options,
                                           const bw_tensor* counts, bw_report* report);

/**
 * Counts counts[0] = pixels with prediction == target, counts[1] = pixels, both over pixels whose
 * target is not ignored and where options->condition holds. Labels are compared in 64 bits and
 * need not be classes: options->classes and first_element are not used.
 *   prediction, target  as bw_confusion_matrix; logits may have any number of classes
 *   counts              i64 (2), contiguous
 * Example:  prediction [1 2 0 0 1 2], target [1 255 0 0 1 255], ignore {255} -> [4 4]
 * Cost:     reads each label, logit and tensor of the condition once; no sync; one launch, and
 *           memsets with accumulate = 0
 * Throws:   as bw_confusion_matrix
 */
BITWHERE_API bw_status bw_accuracy(bw_context* context, const bw_tensor* prediction,
                                   const bw_tensor* target, const bw_label_options* options,
                                   const bw_tensor* counts);

/**
 * The index of the largest element along a dimension: the label map that logits stand for.
 *
 *   x    f16, bf16, f32 or f64, any strides
 *   dim  negative ones count from the end; its size is at least 1
 *   out  u8, i8, i16, i32 or i64 that can hold the last index; the shape of x without `dim`
 * Example:  [[0 3 3] [nan 1 nan]] along 1 -> [1 0]
 * Edge:     equal elements: the lowest index; -0 equals +0; NaN is larger than every number, and
 *           the first NaN wins
 * Cost:     reads x once, writes out once; no workspace, no sync, one launch
 * Throws:   BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_ARGUMENT, BW_INVALID_DEVICE, BW_OVERLAP,
 *           BW_OUT_OF_RANGE (an index that out cannot hold)
 * Torch:    torch.argmax. Different: out may be narrower than i64
 */
BITWHERE_API bw_status bw_argmax(bw_context* context, const bw_tensor* x, int32_t dim,
                                 const bw_tensor* out);

/** What a ratio of a class is whose denominator is 0: a class that does not occur. */
typedef enum bw_absent {
  BW_ABSENT_SKIP = 0, /**< not in the mean; class by class it is bw_score_options.skipped */
  BW_ABSENT_NAN = 1,  /**< NaN, and so is the mean */
  BW_ABSENT_ZERO = 2, /**< 0, in the mean, too */
  BW_ABSENT_ONE = 3   /**< 1, in the mean, too */
} bw_absent;

/**
 * How a confusion matrix becomes ratios. Where evaluators differ there is an option; zeros are
 * bitwhere's own convention, and bw_score_convention gives those of others.
 */
typedef struct bw_score_options {
  size_t struct_bytes;   /**< sizeof(bw_score_options) */
  const int64_t* ignore; /**< classes whose rows (targets) do not count; other values have no
                              effect */
  size_t ignore_count;
  const int64_t* selected; /**< the classes that means, micro ratios and totals are over, each once
                                and in any order */
  size_t selected_count;   /**< 0: all classes */
  int32_t absent;          /**< a bw_absent */
  int32_t skipped;         /**< what is shown of a class that BW_ABSENT_SKIP or `ignore` leaves out,
                                and of micro ratios of no pixels: BW_ABSENT_SKIP or _NAN: NaN;
                                BW_ABSENT_ZERO; BW_ABSENT_ONE */
  int32_t ignored_in_mean; /**< 1: a class of `ignore` is in means and micro ratios as every other
                                one, with the pixels that were predicted as it (mmsegmentation) */
  int32_t unseen_accuracy; /**< the accuracy of a class that is predicted but in no target that
                                counts: BW_ABSENT_SKIP: absent; BW_ABSENT_ZERO: 0, in the mean
                                (torchmetrics) */
  int32_t iou_without_ignored; /**< 1: ignored_in_mean does not hold for IoU (torchmetrics) */
  int32_t unpredicted_absent;  /**< 1: the precision of a class that is in the target but predicted
                                    nowhere is absent, rather than 0 (mmsegmentation) */
  int32_t nothing;  /**< accuracy of no pixels, and means but that of IoU over no classes:
                         BW_ABSENT_SKIP or _NAN: NaN; BW_ABSENT_ZERO (torchmetrics); _ONE */
  int32_t reserved; /**< must be 0 */
} bw_score_options;

typedef enum bw_convention {
  BW_CONVENTION_BITWHERE = 0,     /**< absent classes NaN and left out; ignored ones left out */
  BW_CONVENTION_TORCHMETRICS = 1, /**< absent classes 0 and left out; ignored ones left out of IoU,
                                       0 in the other means where they were predicted */
  BW_CONVENTION_MMSEG = 2,        /**< absent classes NaN and left out; ignored ones count */
  BW_CONVENTION_CITYSCAPES = 3    /**< absent classes NaN and left out; ignored ones left out */
} bw_convention;

/**
 * Sets what an evaluator does in every field from `absent` on, and nothing before it.
 *   TORCHMETRICS  torchmetrics 1.x with zero_division 0: multiclass jaccard_index, accuracy,
 *                 precision and f1_score (dice)
 *   MMSEG         IoUMetric of mmsegmentation 1.x: aAcc, mIoU, mAcc, mDice, mPrecision. With
 *                 `absent` and `nothing` set to zero (one) afterwards it is its nan_to_num = 0 (1).
 *                 Its mFscore has no counterpart: it is mDice without the classes that have no hit
 *   CITYSCAPES    class scores of cityscapesScripts' evalPixelLevelSemanticLabeling: IoU and its
 *                 average; of the rest it has no number, and bitwhere's own are given
 * Counts here are int64 and ratios f64. The first two divide in f32 and agree to its accuracy; they
 * have no say in labels that are no class.
 *   Throws: BW_INVALID_ARGUMENT
 */
BITWHERE_API bw_status bw_score_convention(bw_convention convention, bw_score_options* options);

/** Ratios of a confusion matrix over the selected classes. */
typedef struct bw_scores {
  size_t struct_bytes;           /**< set to sizeof(bw_scores) before the call */
  int64_t valid;                 /**< pixels counted whose target is selected */
  int64_t correct;               /**< those on the diagonal */
  double accuracy;               /**< correct / valid: micro accuracy */
  double mean_class_accuracy;    /**< macro */
  double mean_iou;               /**< macro */
  double frequency_weighted_iou; /**< sum(target pixels * iou) / valid */
  int64_t classes_in_mean_iou;   /**< the classes that mean_iou is over */
  double mean_dice;              /**< macro */
  double mean_precision;         /**< macro */
  double micro_iou;              /**< sum of hits / sum of unions */
  double micro_dice;             /**< 2 * sum of hits / sum of (target + predicted) */
  int64_t classes_in_mean_accuracy;
  int64_t classes_in_mean_dice;
  int64_t classes_in_mean_precision;
} bw_scores;

/** Ratios class by class: each NULL, or room for `classes` doubles. */
typedef struct bw_class_scores {
  size_t struct_bytes; /**< sizeof(bw_class_scores) */
  double* accuracy;    /**< hits / target: recall */
  double* precision;   /**< hits / predicted; absent where target and prediction lack the class, and
                            0 where only the prediction does, unless unpredicted_absent */
  double* iou;         /**< hits / (target + predicted - hits) */
  double* dice;        /**< 2 hits / (target + predicted): F1 */
} bw_class_scores;

/**
 * Computes the ratios of a confusion matrix in host memory, in f64. Of a class, `hits` is
 * counts[c][c], `target` the sum of its row and `predicted` that of its column without ignored
 * rows; of an ignored class, hits and target are 0.
 *
 *   counts     int64 (classes, classes), row = target, nothing negative
 *   classes    1 .. 32768
 *   options    NULL: zeros
 *   scores     the totals, over the selected classes
 *   per_class  NULL, or where to write the ratios of all classes, selected or not
 * Example:  [[1 0 0] [1 2 0] [0 0 0]] -> mean_iou 0.583333, classes_in_mean_iou 2, micro_iou 0.6
 * Edge:     of no classes mean_iou is NaN under every convention, and so is frequency_weighted_iou
 *           of no pixels; what becomes of the rest is options->nothing and ->skipped
 * Order:    sums of counts are exact; each is rounded to f64 once (above 2^53 pixels), then
 *           divided; the terms of a mean are added in the order of the classes, whatever that of
 *           `selected`
 * Cost:     reads counts once; memory for 3 numbers a class
 * Throws:   BW_INVALID_ARGUMENT, also for a negative count and for counts whose sum is above
 *           2^63 - 1; outputs are untouched then
 */
BITWHERE_API bw_status bw_confusion_scores(const int64_t* counts, int64_t classes,
                                           const bw_score_options* options, bw_scores* scores,
                                           const bw_class_scores* per_class);

/* ------------------------------------------------------------------------------------------- */
/* Elementwise functions, under a condition                                                    */
/* ------------------------------------------------------------------------------------------- */

/** Functions of one number. Largest errors in ulp: of f32 over all inputs, of f64 sampled. */
typedef enum bw_function {
  BW_EXP = 0,        /**< e^x; f32 0.91, f64 0.93 */
  BW_LOG = 1,        /**< ln x; -Inf at +-0, NaN below; f32 0.93, f64 0.89 */
  BW_LOG1P = 2,      /**< ln(1 + x), exact near 0; f32 0.90, f64 0.89 */
  BW_SIGMOID = 3,    /**< 1 / (1 + e^-x); f32 0.89, f64 0.93 */
  BW_SOFTPLUS = 4,   /**< ln(1 + e^x), without overflow; f32 1.01, f64 1.05 */
  BW_LOG_SIGMOID = 5 /**< -ln(1 + e^-x); f32 1.01, f64 1.05 */
} bw_function;

/** Where an operation computes, and what stands elsewhere. */
typedef struct bw_guard {
  size_t struct_bytes;        /**< sizeof(bw_guard) */
  const bw_condition* where;  /**< NULL: the operation's default */
  const bw_scalar* otherwise; /**< fits the result's dtype; NULL: 0 */
} bw_guard;

/**
 * Computes out[i] = where[i] ? f(x[i]) : otherwise. The choice comes first: what the condition
 * excludes is never computed with, so that no NaN, no infinity and no exception comes from it.
 *
 *   function  a bw_function
 *   x         f16, bf16, f32 or f64; f16 and bf16 are computed in f32 and rounded once
 *   guard     NULL: everywhere
 *   out       the dtype of x, the shape of x and the condition broadcast together; may be exactly
 *             x or a tensor of the condition
 * Example:  log of [0.5 0 1] where x > 0, otherwise -9 -> [-0.6931472 -9 0]
 * Edge:     a NaN that is computed is the canonical one; denormals are kept
 * Formula:  the same operations in the same order on every device: additions, multiplications,
 *           fused multiply-adds, one division for the sigmoid. Polynomials were fitted for this
 *           library
 * Cost:     reads x and the tensors of the condition once, writes out once; no workspace, no sync,
 *           one launch
 * Throws:   BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP, BW_OUT_OF_RANGE,
 *           BW_INVALID_ARGUMENT
 * Torch:    torch.exp, log, log1p, sigmoid, softplus (beta 1, no threshold), logsigmoid; with a
 *           guard: what torch.where(c, f(torch.where(c, x, 1)), y) is written for
 */
BITWHERE_API bw_status bw_elementwise(bw_context* context, int32_t function, const bw_tensor* x,
                                      const bw_guard* guard, const bw_tensor* out);

/**
 * Computes out[i] = where[i] ? x[i] / y[i] : otherwise, as bw_elementwise.
 *
 *   x, y   tensors or scalars, not complex; converted to the result's dtype first
 *   guard  NULL, or without a condition: where the divisor is not 0: y as it is divided by, in the
 *          result's dtype
 *   out    the dtype that x and y promote to (bw_result_type), f32 where that is no float; the
 *          shape of x, y and the condition broadcast together; may be exactly x or y
 * Example:  [1 2 3] / [2 0 4] -> [0.5 0 0.75]; f32 by a 0-d f64 1e-300, which is 0 in f32 -> 0
 * Edge:     f16 and bf16 divide in f32 and are rounded once. A divisor that the condition admits
 *           divides as IEEE 754 says, 0 too
 * Cost:     reads each tensor once, writes out once; no workspace, no sync, one launch
 * Throws:   as bw_elementwise
 * Torch:    torch.where(c, x / torch.where(c, y, 1), z)
 */
BITWHERE_API bw_status bw_safe_divide(bw_context* context, bw_operand x, bw_operand y,
                                      const bw_guard* guard, const bw_tensor* out);

/**
 * The dtype and shape that bw_elementwise (y NULL) and bw_safe_divide give: what to allocate.
 *   Throws: as they do
 */
BITWHERE_API bw_status bw_elementwise_result(bw_operand x, const bw_operand* y,
                                             const bw_guard* guard, bw_dtype* dtype, int32_t* ndim,
                                             int64_t* shape);

/**
 * The gradient of bw_elementwise by x: upstream[i] f'(x[i]) where the guard's condition holds, and
 * exactly +0 elsewhere: what it excludes is never computed with, so that neither NaN nor infinity
 * comes from there. Where x was broadcast, the exact sum over what it was broadcast along.
 *
 *   function  a bw_function
 *   x         as of bw_elementwise
 *   guard     as of bw_elementwise; `otherwise` has no effect
 *   upstream  f16, bf16, f32 or f64, broadcast to the shape of bw_elementwise's result
 *   gradient  shape and dtype of x; may be exactly x, and unless x was broadcast upstream or a
 *             tensor of the condition
 * Formula:  log: u / x. log1p: u / (1 + x). exp: u e^x. sigmoid: u (s(x) s(-x)), s the sigmoid.
 *           softplus: u s(x). log_sigmoid: u s(-x). In f32, of f64 in f64, and rounded once to f16
 *           and bf16
 * Example:  log of [0.5 0 -1] where x > 0, upstream [1 1 1] -> [2 0 0]
 * Cost:     reads x, upstream and the tensors of the condition once, writes the gradient once; no
 *           sync, one launch. Where x was broadcast: memory for the terms, and a sum of them
 * Throws:   as bw_elementwise
 * Torch:    the backward pass of torch.where(c, f(torch.where(c, x, 1)), y)
 */
BITWHERE_API bw_status bw_elementwise_gradient(bw_context* context, int32_t function,
                                               const bw_tensor* x, const bw_guard* guard,
                                               const bw_tensor* upstream,
                                               const bw_tensor* gradient);

/**
 * The gradients of bw_safe_divide, as bw_elementwise_gradient: u / y by x, -u ((x / y) / y) by y.
 *
 *   x, y, guard  as of bw_safe_divide
 *   upstream     f16, bf16, f32 or f64, broadcast to the shape of its result
 *   gradient_x   shape and dtype of x, a tensor of floats; NULL: not wanted
 *   gradient_y   of y, the same. One of them may be exactly upstream, x, y or a tensor of the
 *                condition, unless what it takes the place of was broadcast
 * Example:  [1 2 3] / [2 0 4], upstream [1 1 1] -> x [0.5 0 0.25], y [-0.25 0 -0.1875]
 * Formula:  tensors are converted to f32, of an f64 result to f64, and not through f16 or bf16;
 *           scalars are what they are in the result's dtype
 * Cost:     as bw_elementwise_gradient, for each; one of f64 beside a result of another dtype, or
 *           the other way round, takes memory for its terms, too
 * Throws:   as bw_safe_divide
 * Torch:    the backward pass of torch.where(c, x / torch.where(c, y, 1), z)
 */
BITWHERE_API bw_status bw_safe_divide_gradient(bw_context* context, bw_operand x, bw_operand y,
                                               const bw_guard* guard, const bw_tensor* upstream,
                                               const bw_tensor* gradient_x,
                                               const bw_tensor* gradient_y);

/* ------------------------------------------------------------------------------------------- */
/* Reductions under a condition                                                                */
/* ------------------------------------------------------------------------------------------- */

typedef enum bw_reducer {
  BW_SUM = 0,
  BW_MEAN = 1,
  BW_COUNT = 2, /**< of the elements that the condition selects */
  BW_MIN = 3,
  BW_MAX = 4,
  BW_ARGMIN = 5,
  BW_ARGMAX = 6,
  BW_DIVISOR = 7 /**< what BW_MEAN divides by: the count, with denominator_eps */
} bw_reducer;

/** What the mean of nothing is. */
typedef enum bw_empty_mean { BW_EMPTY_NAN = 0, BW_EMPTY_ZERO = 1 } bw_empty_mean;

typedef struct bw_reduce_options {
  size_t struct_bytes;       /**< sizeof(bw_reduce_options) */
  const bw_condition* where; /**< only elements for which it holds; NULL: all */
  const bw_reduction* over;  /**< NULL: all dimensions */
  double denominator_eps;    /**< of a mean and its divisor: added to the number of elements; not
                                  negative, and finite */
  int64_t first_index;       /**< of BW_ARGMIN and BW_ARGMAX: added to every index, for a shard
                                  that is cut along the first reduced dimension */
  int32_t empty_mean;        /**< a bw_empty_mean */
  int32_t reserved;
} bw_reduce_options;

/**
 * Reduces the elements of x that a condition selects.
 *
 *   reducer  a bw_reducer
 *   x        bool, u8, i8, i16, i32, i64, f16, bf16, f32 or f64
 *   options  NULL: all elements, all dimensions. x and the condition broadcast together to the
 *            shape that is reduced
 *   out      that shape without the reduced dimensions (keepdim: with size 1), of dtype
 *              sum     of floats: any of f16, bf16, f32, f64; of bool and integers: i64
 *              mean    any of f16, bf16, f32, f64; so is its divisor
 *              count   i64
 *              min, max        the dtype of x
 *              argmin, argmax  i64: row-major index among the reduced dimensions, of all elements,
 *                      selected or not
 *   report   device memory for a bw_report, or NULL: how many outputs had nothing to reduce, and
 *            the row-major index of the first of them
 * Example:  sum of [1 2 nan 4] where isfinite(x) -> 7; mean -> 2.3333333; argmax -> 3
 * Result:   sum: the exact sum, rounded once to the dtype of out; of integers modulo 2^64. NaN if
 *           there is a NaN or both infinities, else the infinity; an exact zero is +0.
 *           mean: RN_T(RN64(S) / D), S the exact sum, D the number of elements, with
 *           denominator_eps RN64(RN64(n) + eps); RN64 rounds to f64, RN_T to the dtype of out.
 *           min, max: NaN wins, as the canonical NaN; max of {-0, +0} is +0, min is -0.
 *           argmin, argmax: the first NaN, else the lowest index of an extreme; -0 equals +0
 * Edge:     of nothing: sum 0, count 0, min and max NaN (integers: 0), argmin and argmax -1. A mean
 *           whose D is 0 is what `empty_mean` says; with denominator_eps D is not 0, and the mean
 *           of nothing 0
 * Order:    none: the bits are the same for any device, threads, strides, split and permutation
 * Cost:     reads x and the tensors of the condition once. cpu: workspace only where single outputs
 *           are split among threads. cuda: where single outputs are, at most 608 bytes for 512
 *           elements, in stream order, and a second launch. No sync
 * Throws:   BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP, BW_INVALID_ARGUMENT
 * Torch:    sum, mean, amin, amax, argmin, argmax of x[condition]. Different: sums are exact;
 *           min and max of zeros do not depend on their order; several dimensions for argmax
 */
BITWHERE_API bw_status bw_reduce(bw_context* context, int32_t reducer, const bw_tensor* x,
                                 const bw_reduce_options* options, const bw_tensor* out,
                                 bw_report* report);

/** The shape of bw_reduce's out and the dtype it has by default: of a sum or mean of floats that of
 *  x, of a mean of integers f32, of a divisor f64.
 *   Throws: as bw_reduce */
BITWHERE_API bw_status bw_reduce_result(int32_t reducer, const bw_tensor* x,
                                        const bw_reduce_options* options, bw_dtype* dtype,
                                        int32_t* ndim, int64_t* shape);

/**
 * Stores what is known of each output before it is rounded: partials of shards, merged in any order
 * and any grouping, finish to the bits of one pass over all of them.
 *
 *   reducer  BW_SUM, BW_MEAN, BW_COUNT and BW_DIVISOR have one kind of partial, BW_MIN, BW_MAX,
 *            BW_ARGMIN and BW_ARGMAX one each
 *   partial  i64, contiguous: the shape of bw_reduce's out with one more dimension at the end, the
 *            words of a partial: bw_partial_words
 * A partial is a record of little-endian words: 0: version and kind, 1: elements selected,
 * 2: elements that the condition excluded, 3 and 4: a bw_report, and the state, for sums the wide
 * integer of the exact sum in normal form (equal sums have equal words) with the counts of NaN,
 * +Inf and -Inf; for extremes the key and the index. All zero: a partial of nothing, which merges
 * with every kind. It may be stored, sent and summed up elsewhere: its layout is bound to
 * BW_PARTIAL_VERSION.
 * Cost, Throws: as bw_reduce
 */
BITWHERE_API bw_status bw_reduce_partial(bw_context* context, int32_t reducer, const bw_tensor* x,
                                         const bw_reduce_options* options,
                                         const bw_tensor* partial);

#define BW_PARTIAL_VERSION 1

/** Words of a partial of `reducer` over elements of `dtype`: 19 (f16, bf16, f32), 76 (f64) or 12
 *  (bool, integers) for sums, 7 for extremes.
 *   Throws: BW_INVALID_DTYPE, BW_INVALID_ARGUMENT */
BITWHERE_API bw_status bw_partial_words(int32_t reducer, bw_dtype dtype, int64_t* words);

/**
 * Merges partials: into[i] = into[i] + from[i].
 *   from, into  as bw_reduce_partial makes them, of the same shape; not overlapping
 *   Edge:       partials of different kinds, or that are none, merge to one that never finishes
 *   Cost:       reads both, writes into; no sync, one launch
 *   Throws:     BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP
 */
BITWHERE_API bw_status bw_merge_partials(bw_context* context, const bw_tensor* from,
                                         const bw_tensor* into);

/**
 * Rounds partials to results.
 *   reducer  one that has this kind of partial
 *   partial  as bw_reduce_partial makes it; not changed
 *   dtype    of the tensors that were reduced; f16, bf16 and f32 share sums
 *   options  denominator_eps and empty_mean count; the rest must be as by default
 *   out      the shape of `partial` without its last dimension, of a dtype as bw_reduce says
 *   report   as bw_reduce; an output whose partial is of another kind, or none at all, is reported,
 *            too, and finishes as one of nothing
 * Throws:    as bw_reduce
 */
BITWHERE_API bw_status bw_finish_partials(bw_context* context, int32_t reducer,
                                          const bw_tensor* partial, bw_dtype dtype,
                                          const bw_reduce_options* options, const bw_tensor* out,
                                          bw_report* report);

/**
 * The gradient of a sum or mean by what was reduced: where the condition holds the upstream
 * gradient of the element's result, of a mean divided by its divisor, and exactly +0 elsewhere. The
 * mean of nothing gives zeros. Where x was broadcast along the condition, the exact sum of these.
 *
 *   reducer   BW_SUM or BW_MEAN
 *   upstream  f16, bf16, f32 or f64, broadcast to the shape of bw_reduce's out
 *   options   as of bw_reduce; empty_mean has no effect
 *   divisor   what means are divided by, f16, bf16, f32 or f64, broadcast to the shape of
 *             bw_reduce's out: of a shard that of all of them, as BW_DIVISOR finishes from merged
 *             partials, denominator_eps and all. NULL: of these elements alone
 *   gradient  shape and dtype of x, a float; the values of x are not needed. Unless x was
 *             broadcast, it may be exactly a tensor of the condition
 * Formula:  of a mean u / D: both converted to f32, of an f64 gradient to f64, and divided; f16 and
 *           bf16 are rounded from that
 * Example:  mean of [1 2 nan 4] where isfinite(x), upstream 3 -> [1 1 0 1]
 * Cost:     reads upstream and the tensors of the condition once, writes the gradient once; no
 *           sync. A mean takes memory for 8 bytes a result and a launch more; under a condition,
 *           which is read once before, another 8 bytes and two launches
 * Throws:   as bw_reduce
 * Torch:    the backward pass of sum and mean of torch.where(c, x, 0). Different: of nothing, zeros
 */
BITWHERE_API bw_status bw_reduce_gradient(bw_context* context, int32_t reducer,
                                          const bw_tensor* upstream,
                                          const bw_reduce_options* options,
                                          const bw_tensor* divisor, const bw_tensor* gradient);

/* ------------------------------------------------------------------------------------------- */
/* Losses under a mask                                                                         */
/* ------------------------------------------------------------------------------------------- */

typedef enum bw_loss_reduction {
  BW_LOSS_MEAN = 0,
  BW_LOSS_SUM = 1,
  BW_LOSS_NONE = 2,    /**< a loss an element */
  BW_LOSS_PARTIAL = 3, /**< what is known before it is rounded: bw_merge_partials, bw_finish_loss */
  BW_LOSS_WEIGHTS = 4  /**< a partial that counts and weighs, and sums no losses: logits are not
                            read. Of bw_finish_loss: what the mean is divided by */
} bw_loss_reduction;

/** What the mean of a loss is divided by. An element is valid where it is neither masked, nor
 *  ignored, nor bad. */
typedef enum bw_normaliser {
  BW_NORMALISER_DEFAULT = 0, /**< of class losses with labels: WEIGHTS, of others: VALID */
  BW_NORMALISER_WEIGHTS = 1, /**< the exact sum of the valid elements' weights */
  BW_NORMALISER_VALID = 2,   /**< the number of valid elements */
  BW_NORMALISER_ALL = 3,     /**< the number of elements */
  BW_NORMALISER_GIVEN = 4,   /**< `denominator` */
  BW_NORMALISER_TENSOR = 5   /**< `divisor` */
} bw_normaliser;

/** What all losses have in common. */
typedef struct bw_loss_options {
  size_t struct_bytes;      /**< sizeof(bw_loss_options) */
  const bw_condition* mask; /**< only elements for which it holds; NULL: all */
  const bw_tensor* weight;  /**< of each element: f16, bf16, f32 or f64, broadcast; NULL: 1 */
  const int64_t* ignore;    /**< targets whose elements do not count; compared first, exactly */
  size_t ignore_count;      /**< of binary losses: with the leaves of the mask at most
                                 BW_MAX_LEAVES; of class losses: up to BW_MAX_IGNORE */
  double denominator;       /**< of BW_NORMALISER_GIVEN */
  double denominator_eps;   /**< of a mean: added to the denominator, of soft Dice to the numerator,
                                 too; not negative, and finite */
  int64_t first_element;    /**< added to the indices of the report */
  int32_t reduction;        /**< a bw_loss_reduction */
  int32_t normaliser;       /**< a bw_normaliser */
  int32_t empty_mean;       /**< a bw_empty_mean: a mean whose denominator is 0 */
  int32_t reserved;
  const bw_tensor* gradient; /**< where the gradient of the result by x goes: shape and dtype of x,
                                  any strides; may be x itself, and of binary losses a tensor of the
                                  mask. Of a partial it is that of the sum, divided as
                                  BW_NORMALISER_GIVEN or TENSOR says. NULL: none */
  const bw_tensor* upstream; /**< what the gradient is multiplied by, that of what is computed from
                                  the result: f16, bf16, f32 or f64 of rank 0, of BW_LOSS_NONE
                                  broadcast to out; NULL: 1 */
  const bw_tensor* divisor;  /**< of BW_NORMALISER_TENSOR: f32 or f64 of rank 0, on the context's
                                  device */
} bw_loss_options;

typedef enum bw_binary_loss_kind {
  BW_BINARY_CROSS_ENTROPY = 0,     /**< of probabilities; logarithms are at least -100 */
  BW_BINARY_CROSS_ENTROPY_EPS = 1, /**< of probabilities; eps is added inside the logarithms */
  BW_BINARY_CROSS_ENTROPY_WITH_LOGITS = 2,
  BW_SIGMOID_FOCAL = 3,    /**< of logits */
  BW_SOFT_DICE = 4,        /**< of probabilities; one number of all elements */
  BW_SOFT_DICE_SQUARED = 5 /**< the same with squares in the denominator */
} bw_binary_loss_kind;

typedef struct bw_binary_loss_options {
  size_t struct_bytes;         /**< sizeof(bw_binary_loss_options) */
  const bw_tensor* pos_weight; /**< q, of the positive part: f16, bf16, f32 or f64, broadcast;
                                    NULL: 1 */
  double eps;                  /**< of BW_BINARY_CROSS_ENTROPY_EPS; not negative, and finite */
  double alpha;                /**< of BW_SIGMOID_FOCAL: in [0, 1], or below 0: no balance */
  double gamma;                /**< of BW_SIGMOID_FOCAL: not negative, and finite */
} bw_binary_loss_options;

/**
 * The loss of each element x against its target t, or their weighted sum or mean.
 *
 *   kind     a bw_binary_loss_kind
 *   x        f16, bf16, f32 or f64; f16 and bf16 are computed in f32
 *   target   bool, u8, i8, i16, i32, i64, f16, bf16, f32 or f64, of the shape of x; in [0, 1]
 *   options  NULL: pos_weight 1, eps 1e-6, alpha 0.25, gamma 2
 *   loss     NULL: the mean over all elements. Mask and weights broadcast to the shape of x
 *   out      of the mean and the sum: rank 0 of f16, bf16, f32 or f64; of BW_LOSS_NONE: shape and
 *            dtype of x; of BW_LOSS_PARTIAL and WEIGHTS: i64 (bw_loss_partial_words), contiguous
 *   report   device memory for a bw_report, or NULL: elements that are bad. A target outside
 *            [0, 1] is, and a probability; NaN is in no range. They count as ignored ones do
 * Formula:  BINARY_CROSS_ENTROPY  (t - 1) max(ln(1 - x), -100) - q t max(ln x, -100)
 *           ..._EPS               -(q t ln(x + eps) + (1 - t) ln((1 - x) + eps))
 *           ..._WITH_LOGITS       q t softplus(-x) + (1 - t) softplus(x); a part whose factor is 0
 *                                 is 0, so that +-Inf gives 0 on the right side, +Inf on the wrong
 *           SIGMOID_FOCAL         the same times u^gamma times alpha t + (1 - alpha)(1 - t), where
 *                                 u = t sigmoid(-x) + (1 - t) sigmoid(x): Lin, Goyal, Girshick, He,
 *                                 Dollar, "Focal Loss for Dense Object Detection", 2017
 *           SOFT_DICE             1 - (2 I + e) / (D + e), e being denominator_eps, I the exact sum
 *                                 of w x t and D that of w (x + t), or w (x^2 + t^2): Milletari,
 *                                 Navab, Ahmadi, "V-Net", 2016. 1 - e / e is 0; 0 / 0: empty_mean.
 *                                 Of a class among labels: x of that class, and a target of
 *                                 label == class; the reduction is the default, or a partial
 *           A term is the weight times the loss, rounded. An element that does not count, and one
 *           of weight 0, adds +0 whatever its loss is: by selection
 * Result:   sum: the exact sum of the terms, rounded once. mean: RN_T(RN64(S) / D), D as the
 *           normaliser says, RN64(D + eps) with denominator_eps; where D is 0: empty_mean
 * Gradient: ((u / D) w) l'(x), u being upstream and 1 / D that of a mean; exactly +0 where an
 *           element does not count or has weight 0, whatever lies there. With s = sigmoid(x), l' is
 *           BINARY_CROSS_ENTROPY  (x - t + (1 - q) t (1 - x)) / max(x (1 - x), 1e-12), as in
 *                                 torch: up to 1e12 at the ends
 *           ..._EPS               (1 - t) / ((1 - x) + eps) - q t / (x + eps)
 *           ..._WITH_LOGITS       (1 - t) s - q t (1 - s): 0 on the right side of +-Inf
 *           SIGMOID_FOCAL         balance (gamma u^(gamma-1) u' l + u^gamma l'), u' =
 *                                 (1 - 2 t) s (1 - s)
 *           SOFT_DICE             -2 t / (D + e) + (2 I + e) / (D + e)^2, the latter times 2 x of
 *                                 squares; not of a partial
 * Example:  WITH_LOGITS, none, [-200 0 200] against [1 0.3 0] -> [200 0.6931472 200]
 * Order:    none: the bits are the same for any device, threads, strides and layout
 * Cost:     reads each tensor once, with a gradient in the same pass; the gradient of a mean over
 *           weights or valid elements reads what decides these (targets, weights, mask, and
 *           probabilities) before that, and soft Dice all. No sync. cpu: 264 bytes a thread (1176
 *           of f64). cuda: of sums the same for each warp of a grid that fills the device, and a
 *           second launch; a third and a fourth where D is found first
 * Throws:   BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP, BW_INVALID_ARGUMENT
 * Torch:    binary_cross_entropy (its clamp), binary_cross_entropy_with_logits,
 *           torchvision.ops.sigmoid_focal_loss. Different: the mean divides by the valid elements;
 *           without a mask that is all of them
 */
BITWHERE_API bw_status bw_binary_loss(bw_context* context, int32_t kind, const bw_tensor* x,
                                      const bw_tensor* target,
                                      const bw_binary_loss_options* options,
                                      const bw_loss_options* loss, const bw_tensor* out,
                                      bw_report* report);

typedef enum bw_class_loss_kind {
  BW_CROSS_ENTROPY = 0, /**< of logits */
  BW_NLL = 1            /**< of log-probabilities; their targets are labels */
} bw_class_loss_kind;

typedef struct bw_class_loss_options {
  size_t struct_bytes;           /**< sizeof(bw_class_loss_options) */
  const bw_tensor* class_weight; /**< w, of (C): f16, bf16, f32 or f64; NULL: 1 */
  double label_smoothing;        /**< e, of BW_CROSS_ENTROPY: in [0, 1] */
  int32_t class_dim;             /**< of x: the dimension of the classes, negative from the end */
  int32_t accumulate;            /**< 0: counts are overwritten; 1: they are added to */
} bw_class_loss_options;

/**
 * The loss of each pixel's classes against its label, or against probabilities, or their weighted
 * sum or mean; from the same read of the logits, the counts of what they predict.
 *
 *   kind       a bw_class_loss_kind
 *   x          f16, bf16, f32 or f64; f16 and bf16 are computed in f32. (C), (N, C),
 *              (N, C, d1..dk) or the classes in any other dimension, any strides; C up to 131072
 *   target     labels: u8, i8, i16, i32 or i64, of the shape of x without its classes; or
 *              probabilities: f16, bf16, f32 or f64, of the shape of x, taken as they are
 *   options    NULL: no weights, no smoothing, class_dim 1, or 0 of rank 1
 *   loss       NULL: the mean over all pixels, none of them ignored. Mask and weights broadcast to
 *              the shape of x without its classes; ignore is for labels
 *   out        of the mean and the sum: rank 0 of f16, bf16, f32 or f64; of BW_LOSS_NONE: the shape
 *              of x without its classes and the dtype of x; of BW_LOSS_PARTIAL and WEIGHTS: i64
 *              (bw_loss_partial_words), contiguous
 *   confusion  i64 (C, C), contiguous, C up to 32768, or NULL: [t][p] counts valid pixels of label
 *              t whose largest logit is that of p, as bw_argmax finds it
 *   agreement  i64 (2), contiguous, or NULL: valid pixels with p = t, and valid pixels
 *   report     device memory for a bw_report, or NULL: pixels under the mask whose label is neither
 *              ignored nor a class. They count as ignored ones do; nothing is read through a label
 * Formula:  l_c = ln S - (x_c - m), m the largest logit, S the sum of e^(x_c - m); of BW_NLL -x_c.
 *           A label t: w_t l_t; with smoothing (1 - e) w_t l_t + (e / C) sum of w_c l_c.
 *           Probabilities p: sum of (w_c p'_c) l_c, p' = (1 - e) p + e / C. A product whose first
 *           factor is 0 is 0. The weight of a pixel is w_t, of labels, times that in `loss`. A term
 *           of weight 0 is +0 whatever its loss is, by selection; with smoothing that is the weight
 *           in `loss` alone, for the other classes still count, as in torch.
 *           Smoothing: Szegedy and others, Rethinking the Inception Architecture, 2016
 * Result:   as bw_binary_loss; a mean is divided by the sum of the weights of labels, and by the
 *           valid pixels of probabilities, unless loss->normaliser says otherwise
 * Example:  [[1 2 3] [1 0 -1] [0 0 0]] against [2 0 -100], ignored -100 -> 0.4076059
 * Gradient: as bw_binary_loss: ((u / D) w) (A p_c - b_c), p_c = e^(x_c - m) (1 / S). Of a label
 *           A = 1 and b_c = [c = t], the weight w holding w_t; with smoothing A = (1 - e) w_t +
 *           (e / C) sum of w_k and b_c = (e / C) w_c + [c = t] (1 - e) w_t; of probabilities
 *           A = sum of w_k p'_k and b_c = w_c p'_c; of BW_NLL A = 0. All classes of a pixel that
 *           does not count are exactly +0
 * Edge:     +Inf or NaN among the logits, or all -Inf: NaN; -Inf at the label: +Inf. An ignored
 *           label takes its pixels out, not its class: that stays in the sum of every other pixel.
 *           Weights and probabilities of f64 count in f32 where x is not f64
 * Order:    the bits are the same for any device, threads, strides and layout
 * Cost:     reads each tensor once, the logits of an ignored pixel perhaps never; above 1024
 *           classes, logits once more for smoothing or probabilities and once more for a gradient;
 *           a gradient as of bw_binary_loss, labels, weights and mask being what is read before;
 *           BW_NLL without counts reads the labels' elements alone. No sync. cpu: 288 KiB a thread,
 *           8 C bytes of weights, of a confusion matrix up to 4 MiB a thread. cuda: as
 *           bw_binary_loss; rows that no thread or warp can keep are read again, from a cache where
 *           they fit one
 * Throws:   BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP, BW_INVALID_ARGUMENT
 * Torch:    cross_entropy, nll_loss. Different: ignore lists, none by default; a bad label is
 *           reported; weights of 0 skip
 */
BITWHERE_API bw_status bw_class_loss(bw_context* context, int32_t kind, const bw_tensor* x,
                                     const bw_tensor* target, const bw_class_loss_options* options,
                                     const bw_loss_options* loss, const bw_tensor* out,
                                     const bw_tensor* confusion, const bw_tensor* agreement,
                                     bw_report* report);

/** Words of a partial of losses of x of this dtype: 33 (f16, bf16, f32) or 147 (f64).
 *   Throws: BW_INVALID_DTYPE, BW_INVALID_ARGUMENT */
BITWHERE_API bw_status bw_loss_partial_words(bw_dtype dtype, int64_t* words);

/**
 * Rounds a partial of losses to their sum or mean: shards, each with the index of its first element
 * and merged by bw_merge_partials in any order and grouping, finish to the bits of one pass.
 *   partial  i64, as a loss with BW_LOSS_PARTIAL makes it; not changed. Its words are as those of
 *            bw_reduce_partial, with the exact sums of the terms and of the weights
 *   loss     NULL: the mean. reduction (mean, sum, or BW_LOSS_WEIGHTS: what a mean is divided by),
 *            normaliser and its numbers, and empty_mean count, the rest must be as by default.
 *            BW_NORMALISER_DEFAULT is that of the losses. A partial of soft Dice always finishes to
 *            that, whatever reduction and normaliser say
 *   out      rank 0 of f16, bf16, f32 or f64; of BW_LOSS_WEIGHTS f64 has the bits of one pass
 *   report   device memory for a bw_report, or NULL: the bad elements of all shards; {1, -1} for
 *            words that are no partial, or one of merged unlike ones, which finishes as of nothing
 * Cost:      one launch, no sync
 * Throws:    BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_OVERLAP, BW_INVALID_ARGUMENT
 */
BITWHERE_API bw_status bw_finish_loss(bw_context* context, const bw_tensor* partial,
                                      const bw_loss_options* loss, const bw_tensor* out,
                                      bw_report* report);

/* ------------------------------------------------------------------------------------------- */
/* Colours of labels                                                                           */
/* ------------------------------------------------------------------------------------------- */

/** What becomes of labels that the palette has no colour for. */
typedef enum bw_outside {
  BW_OUTSIDE_COLOR = 0, /**< they get outside_color, and are reported */
  BW_OUTSIDE_WRAP = 1   /**< label modulo the number of colours, never negative: instance ids */
} bw_outside;

/**
 * Not optional, and zeros have a meaning of their own: channels first, and over an image, no
 * colour.
 */
typedef struct bw_color_options {
  size_t struct_bytes;      /**< sizeof(bw_color_options) */
  const int64_t* ignore;    /**< labels that get ignored_color; compared first */
  size_t ignore_count;      /**< up to BW_MAX_IGNORE */
  int64_t first_element;    /**< added to the indices of the report */
  int32_t channel_dim;      /**< of out and image: -1 for (.., H, W, C), -3 for (.., C, H, W) */
  int32_t outside;          /**< a bw_outside */
  int32_t opacity;          /**< of the colours over an image, 0 (the image) to 255 (the colours) */
  uint8_t ignored_color[4]; /**< R, G, B, A */
  uint8_t outside_color[4];
  int32_t reserved;
} bw_color_options;

/**
 * Colours a label map: out[.., pixel, ..] = palette[label], or blends the colours over an image.
 *
 *   labels   u8, i8, i16, i32 or i64; any shape
 *   palette  u8 (n, 3) or (n, 4), R, G, B and A on the context's device; without A it is 255
 *   image    u8 of out's shape, or NULL; may be exactly out
 *   out      u8, the labels' shape with the channels as one more dimension, channel_dim, of size 3
 *            or 4. Without an image, 4 channels hold the colour and its A, 3 the colour alone
 *   report   device memory for a bw_report, or NULL; labels that get outside_color
 * Formula:  over an image, with w = (opacity * A) div 255, every channel is
 *           (w * colour + (255 - w) * image) div 255, where div rounds to nearest and A of the
 *           colour counts as 255: integers, so that the bytes are the same everywhere
 * Example:  [[0 1 2] [1 2 0]] with black, red, green -> (2, 3, 3)
 * Cost:     reads labels and image once, writes out once; workspace of 4 bytes a colour on the cpu;
 *           no sync; one launch
 * Throws:   BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE, BW_INVALID_ARGUMENT, BW_OVERLAP
 */
BITWHERE_API bw_status bw_colorize(bw_context* context, const bw_tensor* labels,
                                   const bw_tensor* palette, const bw_tensor* image,
                                   const bw_color_options* options, const bw_tensor* out,
                                   bw_report* report);

typedef struct bw_decolorize_options {
  size_t struct_bytes;   /**< sizeof(bw_decolorize_options) */
  int64_t unknown;       /**< the label of colours that the palette lacks */
  int64_t first_element; /**< added to the indices of the report */
  int32_t channel_dim;   /**< of image: -1 for (.., H, W, C), -3 for (.., C, H, W) */
  int32_t reserved;
} bw_decolorize_options;

/**
 * The inverse of bw_colorize: out[pixel] = the lowest label whose colour the pixel has.
 *
 *   image    u8 with 3 or 4 channels; A is not looked at
 *   palette  u8 (n, 3) or (n, 4) on the context's device; A is not looked at
 *   out      u8, i8, i16, i32 or i64 that can hold n - 1 and `unknown`; the shape of image without
 *            the channels
 *   report   device memory for a bw_report, or NULL; pixels whose colour the palette lacks
 * Cost:     reads image once, writes out once, and compares with up to n colours where a pixel
 *           differs from the one before it; workspace of 4 bytes a colour on the cpu; no sync; one
 *           launch
 * Throws:   as bw_colorize, and BW_OUT_OF_RANGE where out cannot hold n - 1 or `unknown`
 */
BITWHERE_API bw_status bw_decolorize(bw_context* context, const bw_tensor* image,
                                     const bw_tensor* palette, const bw_decolorize_options* options,
                                     const bw_tensor* out, bw_report* report);

#ifdef __cplusplus
}
#endif

#endif /* BITWHERE_BITWHERE_H */
