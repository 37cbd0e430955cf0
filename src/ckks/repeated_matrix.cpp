#include "ckks/repeated_matrix.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "math/kernels/table.h"
#include "ring/basis.h"

namespace veilray::ckks {
namespace {

using math::kCombined;

/// Words of a ciphertext that are worked on at a time. 256 bytes of 64 ciphertexts are half of an
/// L1 cache.
constexpr std::size_t kChunk = 64;

/// The same `count` words of every ciphertext's part, side by side.
void gather(AlignedVector<std::uint32_t>& words, std::span<const Ciphertext* const> cts,
            std::size_t part, std::size_t limb, std::size_t at, std::size_t count) {
  for (std::size_t k = 0; k < cts.size(); ++k)
    std::copy_n(cts[k]->part(part).limb(limb).data() + at, count, words.data() + k * kChunk);
}

}  // namespace

RepeatedMatrix::RepeatedMatrix(std::span<const Plaintext* const> plaintexts, std::size_t rows)
    : rows_(rows), columns_(plaintexts.size() / std::max<std::size_t>(rows, 1)) {
  const auto first = std::ranges::find_if(plaintexts, [](const auto* p) { return p != nullptr; });
  if (first == plaintexts.end() || rows_ * columns_ != plaintexts.size())
    throw Error(ErrorCode::kInvalidArgument, "a matrix without a plaintext, or of ragged rows");
  run_ = (*first)->run();
  for (const Plaintext* plaintext : plaintexts)
    if (plaintext != nullptr && (plaintext->run() != run_ || run_ < kShortestRun ||
                                 plaintext->level() != (*first)->level() ||
                                 !same_scale(plaintext->scale(), (*first)->scale())))
      throw Error(ErrorCode::kInvalidArgument, "plaintexts of different kinds in one matrix");
  group_rows(plaintexts);
  factors_.resize((*first)->level().limbs());
  for (std::uint32_t limb = 0; limb < factors_.size(); ++limb) pack_limb(plaintexts, limb);
}

void RepeatedMatrix::group_rows(std::span<const Plaintext* const> plaintexts) {
  using Columns = std::vector<bool>;
  std::vector<Columns> columns_of(rows_, Columns(columns_));
  for (std::size_t i = 0; i < plaintexts.size(); ++i)
    columns_of[i / columns_][i % columns_] = plaintexts[i] != nullptr;
  const auto missing = [](const Columns& from, const Columns& wanted) {
    std::size_t count = 0;
    for (std::size_t k = 0; k < wanted.size(); ++k) count += wanted[k] && !from[k] ? 1 : 0;
    return count;
  };
  std::vector<std::size_t> left(rows_);
  std::iota(left.begin(), left.end(), std::size_t{0});
  while (!left.empty()) {
    // The first that is left, and whichever adds fewest columns.
    Group group;
    Columns any(columns_);
    while (group.rows.size() < kCombined && !left.empty()) {
      auto best = left.begin();
      if (!group.rows.empty())
        best = std::ranges::min_element(
            left, {}, [&](std::size_t row) { return missing(any, columns_of[row]); });
      for (std::size_t k = 0; k < columns_; ++k) any[k] = any[k] || columns_of[*best][k];
      group.rows.push_back(*best);
      left.erase(best);
    }
    for (std::size_t k = 0; k < columns_; ++k)
      if (any[k]) group.columns.push_back(k);
    groups_.push_back(std::move(group));
  }
}

void RepeatedMatrix::pack_limb(std::span<const Plaintext* const> plaintexts, std::uint32_t limb) {
  const auto first = std::ranges::find_if(plaintexts, [](const auto* p) { return p != nullptr; });
  const std::size_t runs = (*first)->poly().n();
  std::size_t a_run = 0;
  for (const Group& group : groups_) a_run += group.columns.size() * kCombined;
  auto& factors = factors_[limb];
  factors.resize(runs * a_run);
  std::fill(factors.begin(), factors.end(), 0U);
  std::size_t at = 0;
  for (const Group& group : groups_)
    for (const std::size_t column : group.columns)
      for (std::size_t r = 0; r < kCombined; ++r, ++at) {
        if (r >= group.rows.size()) continue;
        const auto* plaintext = plaintexts[group.rows[r] * columns_ + column];
        if (plaintext == nullptr) continue;
        const auto words = plaintext->poly().limb(limb);
        for (std::size_t run = 0; run < runs; ++run) factors[run * a_run + at] = words[run];
      }
}

std::size_t RepeatedMatrix::bytes() const noexcept {
  std::size_t words = 0;
  for (const auto& factors : factors_) words += factors.size();
  return words * sizeof(std::uint32_t);
}

void RepeatedMatrix::multiply_accumulate_limb(const Params& params,
                                              std::span<Ciphertext* const> outs,
                                              std::span<const Ciphertext* const> cts,
                                              std::size_t limb) const {
  const math::Modulus& q = params.basis().modulus(static_cast<std::uint32_t>(limb));
  const auto& factors = factors_[limb];
  const std::size_t chunk = std::min<std::size_t>(run_, kChunk);
  const std::size_t a_run = factors.size() / (params.n() / run_);
  AlignedVector<std::uint32_t> words(columns_ * kChunk), unused(kChunk);
  std::vector<const std::uint32_t*> in(columns_);
  for (std::size_t at = 0; at < params.n(); at += chunk)
    for (std::size_t part = 0; part < 2; ++part) {
      gather(words, cts, part, limb, at, chunk);
      const std::uint32_t* next = factors.data() + at / run_ * a_run;
      for (const Group& group : groups_) {
        for (std::size_t k = 0; k < group.columns.size(); ++k)
          in[k] = words.data() + group.columns[k] * kChunk;
        std::uint32_t* out[kCombined];
        for (std::size_t r = 0; r < kCombined; ++r) {
          out[r] = r < group.rows.size() ? outs[group.rows[r]]->part(part).limb(limb).data() + at
                                         : unused.data();
        }
        math::kernels().combine(out, in.data(), next, group.columns.size(), chunk, q);
        next += group.columns.size() * kCombined;
      }
    }
}

}  // namespace veilray::ckks
