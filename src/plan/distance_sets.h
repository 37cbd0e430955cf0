#pragma once
// How far apart the entries of a slot matrix lie, counted without naming every diagonal. A
// ciphertext's number is a sum over the axes, and so is a distance: what two ciphertexts have are
// all sums of what the axes have between the two. Few such sets differ.
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan/diagonals.h"
#include "plan/number_set.h"

namespace veilray::plan {

/// Distances that several ciphertexts, or pairs of them, have.
struct SharedSet {
  NumberSet distances;  // in [0, slots)
  std::uint64_t times = 1;
};

/// Distances between every input ciphertext and every output ciphertext.
struct PairDistances {
  std::vector<SharedSet> sets;      // of the pairs that have any
  std::uint64_t ins = 0, outs = 0;  // ciphertexts in such pairs

  std::uint64_t diagonals() const;
  /// At least how many rotations any split needs: b babies of each input and g giants of each
  /// output make at most b * g diagonals between the two.
  double rotations_at_least() const;
};

/// Signed distances along one axis, and how many of what there is have just these. Of a
/// ciphertext's number an axis knows its own share alone.
struct AxisDistances {
  using Sets = std::map<std::vector<std::int32_t>, std::uint64_t>;
  Sets by_pair, by_in, by_out;
  std::uint64_t moves = 0;

  AxisDistances() = default;
  AxisDistances(const SlotMatrix& matrix, Axis axis);
};
/// Of one operator between many layouts, by where each has the bits of an axis.
using AxisMemo = std::map<std::string, AxisDistances>;

class DistanceSets {
 public:
  /// `memo`, of matrices of the same operator, must live as long.
  DistanceSets(const SlotMatrix& matrix, AxisMemo& memo);

  /// At least as many as there are; cheap.
  std::uint64_t diagonals_at_most() const;
  PairDistances by_pair() const;
  std::vector<SharedSet> by_in() const;   // an input's to all outputs
  std::vector<SharedSet> by_out() const;  // an output's to all inputs

 private:
  std::vector<SharedSet> combined(AxisDistances::Sets AxisDistances::* sets) const;
  NumberSet wrapped(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) const;

  SlotMatrix::Form form_;
  std::uint32_t slots_, period_;
  std::uint64_t ins_, outs_;          // ciphertexts
  std::vector<std::int32_t> copies_;  // of the result, less what they read from farther away
  std::array<const AxisDistances*, 3> axes_{};  // none if folded
};

}  // namespace veilray::plan
