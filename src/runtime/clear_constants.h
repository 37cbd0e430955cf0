#pragma once
// The plaintexts of a program as slots, for the runs on plain doubles.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "plan/program.h"

namespace veilray::runtime {

/// What a term multiplies by, in the form that takes fewer bytes. Between layouts that put columns
/// lowest a weight stands in row after row of slots, and dense layers leave most slots empty.
struct ClearDiagonal {
  struct Run {
    std::uint32_t first, count;
    float weight;
  };
  /// `slots` are at least so many, or all: loops go through as many at a time.
  static constexpr std::uint32_t kBlock = 1024;

  std::vector<float> slots;  // the first, a power of two of them; the others repeat these
  std::vector<Run> runs;     // instead: their sum is what all the slots hold
};

class ClearConstants {
 public:
  ClearConstants() = default;
  /// `similar`: those of a program that may have the same layers.
  ClearConstants(const plan::Program& program, ThreadPool& pool, ClearConstants similar = {});

  const ClearDiagonal& diagonal(std::uint32_t layer, std::uint32_t term) const {
    return layers_[layer]->diagonals[term];
  }
  /// The first result of the layer that is made of the same operands as result `giant`.
  std::uint32_t first_of_same_operands(std::uint32_t layer, std::uint32_t giant) const {
    return layers_[layer]->same_operands[giant];
  }
  std::span<const double> bias(std::uint32_t layer, std::uint32_t out) const {
    return layers_[layer]->biases[out];
  }

 private:
  struct Layer {
    plan::SlotMatrix matrix;  // that they are of
    plan::StepSplit split;
    std::vector<ClearDiagonal> diagonals;      // one a term
    std::vector<std::uint32_t> same_operands;  // one a result
    std::vector<std::vector<double>> biases;   // one an output ciphertext
  };
  std::vector<std::shared_ptr<const Layer>> layers_;
};

}  // namespace veilray::runtime
