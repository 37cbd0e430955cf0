#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.h"
#include "ckks/ciphertext.h"
#include "ckks/params.h"
#include "ckks/plaintext.h"

namespace veilray::ckks {

/// A matrix of plaintexts that repeat: out_j = sum_k plain_{j,k} * ct_k, as linear_transform.h, for
/// plaintexts that stand for `run()` equal words each time.
///
/// Within a run every plaintext is one number, so a run of all sums is a small dense product of
/// numbers and ciphertext words. The numbers are kept in the order in which they are used; the
/// ciphertexts' words of a run are copied side by side, where they stay in the L1 cache while all
/// rows go over them. Nothing else is read: the plaintexts of an ordinary matrix, n words each,
/// come from memory at every use.
class RepeatedMatrix {
 public:
  /// Runs shorter than this are not worth it.
  static constexpr std::uint32_t kShortestRun = 32;
  /// Whether slots that repeat with that period make runs worth it.
  static constexpr bool pays(std::uint32_t slots, std::uint32_t period) {
    return slots / period >= kShortestRun;
  }

  RepeatedMatrix() = default;
  /// plaintexts: row-major; a null one is zero. All of one level, one scale and one run, of
  /// kShortestRun or more; at least one is not null.
  RepeatedMatrix(std::span<const Plaintext* const> plaintexts, std::size_t rows);

  std::size_t rows() const noexcept { return rows_; }
  std::size_t columns() const noexcept { return columns_; }
  std::uint32_t run() const noexcept { return run_; }
  std::size_t bytes() const noexcept;

  /// Fills limb `limb` of every sum. `outs`: rows(), `cts`: columns() ciphertexts, of the
  /// plaintexts' level or below (make_products). Any thread may do any limb, each once.
  void multiply_accumulate_limb(const Params& params, std::span<Ciphertext* const> outs,
                                std::span<const Ciphertext* const> cts, std::size_t limb) const;

 private:
  /// Rows that are made together, at most kCombined, and the columns where any has a plaintext.
  struct Group {
    std::vector<std::size_t> rows, columns;
  };
  void group_rows(std::span<const Plaintext* const> plaintexts);
  void pack_limb(std::span<const Plaintext* const> plaintexts, std::uint32_t limb);

  std::size_t rows_ = 0, columns_ = 0;
  std::uint32_t run_ = 1;
  std::vector<Group> groups_;
  std::vector<AlignedVector<std::uint32_t>> factors_;  // by limb: [run][group][column][row]
};

}  // namespace veilray::ckks
