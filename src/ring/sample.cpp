#include "ring/sample.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/error.h"
#include "base/secure_memory.h"

namespace veilray::ring {
namespace {

constexpr std::size_t kBatch = 512;

/// The number of ones of a word, by adding neighbours: the compiler's
/// popcount may be a table look-up, whose address would depend on the secret.
constexpr std::uint32_t count_ones(std::uint32_t x) {
  x -= (x >> 1) & 0x55555555U;
  x = (x & 0x33333333U) + ((x >> 2) & 0x33333333U);
  x = (x + (x >> 4)) & 0x0f0f0f0fU;
  return (x * 0x01010101U) >> 24;
}

/// Feeds secret 64-bit words to `convert`, one per output, and wipes them.
template <class Convert>
void convert_words(std::span<std::int8_t> out, Rng& rng, Convert convert) {
  SecureVector<std::uint64_t> words(std::min(out.size(), kBatch));
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t count = std::min(kBatch, out.size() - done);
    rng.fill(std::as_writable_bytes(words.span().first(count)));
    for (std::size_t i = 0; i < count; ++i) out[done + i] = convert(words[i]);
    done += count;
  }
}

}  // namespace

void sample_uniform(std::span<std::uint32_t> out, const math::Modulus& q, Rng& rng) {
  const std::uint32_t mask = ~0U >> std::countl_zero(q.value());
  std::array<std::uint32_t, kBatch> words;
  for (std::size_t done = 0; done < out.size();) {
    // Never more than what is still missing: the stream's use must not depend on the batch.
    const auto batch = std::span(words).first(std::min(kBatch, out.size() - done));
    rng.fill(std::as_writable_bytes(batch));
    for (const std::uint32_t word : batch) {
      const std::uint32_t candidate = word & mask;
      if (candidate < q.value()) out[done++] = candidate;
    }
  }
}

void sample_ternary(std::span<std::int8_t> out, Rng& rng) {
  convert_words(out, rng, [](std::uint64_t word) {
    // floor(3 * word / 2^64) without a 128-bit type.
    const std::uint64_t low = 3 * (word & 0xffffffffU);
    const std::uint64_t high = 3 * (word >> 32) + (low >> 32);
    return static_cast<std::int8_t>(static_cast<std::int64_t>(high >> 32) - 1);
  });
}

void sample_error(std::span<std::int8_t> out, Rng& rng) {
  constexpr std::uint32_t kCoins = (1U << 21) - 1;
  convert_words(out, rng, [](std::uint64_t word) {
    const std::uint32_t heads = count_ones(static_cast<std::uint32_t>(word) & kCoins);
    const std::uint32_t tails = count_ones(static_cast<std::uint32_t>(word >> 32) & kCoins);
    return static_cast<std::int8_t>(static_cast<std::int32_t>(heads - tails));
  });
}

void reduce_small(std::span<std::uint32_t> out, std::span<const std::int8_t> values,
                  const math::Modulus& q) {
  VEILRAY_ASSERT(out.size() == values.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto value = static_cast<std::int32_t>(values[i]);
    out[i] =
        static_cast<std::uint32_t>(value) + (q.value() & static_cast<std::uint32_t>(value >> 31));
  }
}

}  // namespace veilray::ring
