// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors

// Reduces an array that is spread over the processes of an MPI job. What it prints is the same, bit
// for bit, for any number of processes: partials are exact, so MPI may merge them in any order.
#include <mpi.h>
#include <bitwhere/bitwhere.hpp>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace bw = bitwhere;

namespace {

const bw::context& cpu() {
  static const bw::context here({.device = "cpu", .threads = 1});
  return here;
}

// An MPI_User_function: into[i] = from[i] + into[i], of partials.
// NOLINTNEXTLINE(readability-non-const-parameter): its type is MPI's.
void merge(void* from, void* into, int* count, MPI_Datatype* type) {
  int bytes = 0;
  MPI_Type_size(*type, &bytes);
  const bw::shape_t shape{*count, bytes / 8};
  const bw::tensor_view words_from(from, bw::i64, shape);
  const bw::tensor_view words_into(into, bw::i64, shape);
  const bw_tensor c_from = words_from.c();
  const bw_tensor c_into = words_into.c();
  if (bw_merge_partials(cpu().get(), &c_from, &c_into) == BW_OK) return;
  std::fprintf(stderr, "%s\n", bw_message(cpu().get()));
  MPI_Abort(MPI_COMM_WORLD, 1);
}

// Reduces the parts of all processes; each of them gets the result.
bw::tensor reduce_everywhere(bw::reducer by, const bw::tensor_view& part,
                             const bw::reduce_options& options, MPI_Op merging) {
  const bw::partial mine(cpu(), by, part, options);
  const auto words = static_cast<int>(mine.words().size());
  MPI_Datatype type = MPI_DATATYPE_NULL;
  MPI_Type_contiguous(words, MPI_INT64_T, &type);
  MPI_Type_commit(&type);
  std::vector<std::int64_t> all(static_cast<std::size_t>(words));
  MPI_Allreduce(mine.words().data(), all.data(), 1, type, merging, MPI_COMM_WORLD);
  MPI_Type_free(&type);
  return bw::partial(cpu(), by, part.type(), bw::view(all), options).finish();
}

// The bits of element i of the whole array, well mixed.
std::uint64_t bits_of(std::int64_t i) {
  auto z = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15U + 1;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

// Of either sign, from 2^-63 to 2^64; one in 256 is NaN.
float value_of(std::int64_t i) {
  const std::uint64_t bits = bits_of(i);
  const std::uint64_t exponent = (bits >> 56) == 0 ? 255 : 64 + (bits >> 40) % 127;
  return std::bit_cast<float>(
      static_cast<std::uint32_t>((bits & 0x807fffffU) | 1U | exponent << 23));
}

std::uint8_t label_of(std::int64_t i) { return (bits_of(i) >> 32) % 8 == 0 ? 255 : 1; }

void run() {
  constexpr std::int64_t elements = 1'000'003;
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);

  const std::int64_t begin = elements * rank / ranks;
  const std::int64_t end = elements * (rank + 1) / ranks;
  std::vector<float> values;
  std::vector<std::uint8_t> labels;
  for (std::int64_t i = begin; i < end; ++i) {
    values.push_back(value_of(i));
    labels.push_back(label_of(i));
  }
  const bw::tensor_view x = bw::view(values);
  const bw::condition chosen = isfinite(x) && bw::view(labels) != 255;

  MPI_Op merging = MPI_OP_NULL;
  MPI_Op_create(merge, 1, &merging);
  const auto of_all = [&](bw::reducer by, const bw::reduce_options& options) {
    return reduce_everywhere(by, x, options, merging);
  };
  const bw::tensor sum = of_all(bw::reducer::sum, {.where = chosen});
  const bw::tensor mean = of_all(bw::reducer::mean, {.where = chosen, .type = bw::f64});
  const bw::tensor largest = of_all(bw::reducer::max, {.where = chosen});
  const bw::tensor at = of_all(bw::reducer::argmax, {.where = chosen, .first_index = begin});
  MPI_Op_free(&merging);
  if (rank != 0) return;
  std::printf("sum %a\nmean %a\nmax %a\nargmax %lld\n", static_cast<double>(sum.item<float>()),
              mean.item<double>(), static_cast<double>(largest.item<float>()),
              static_cast<long long>(at.item<std::int64_t>()));
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  try {
    run();
  } catch (const bw::error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  return MPI_Finalize();
}
