#pragma once
// What replacing the activations of a network cost: goes along with the model.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace veilray::graph {

enum class FitMethod : std::uint8_t { kLeastSquares, kMinimax };
/// "least-squares" or "minimax".
const char* name_of(FitMethod method);

/// One activation, over the calibration inputs.
struct ActivationFit {
  std::string name, function;        // the node's, and "relu" or the like
  double min = 0, max = 0;           // of what enters it
  std::vector<double> coefficients;  // c[0] + c[1] x + ...
  double max_error = 0, rms_error = 0;
};

/// How the outputs of the network of polynomials differ from those of the network as it was.
struct LogitDifference {
  double max = 0, rms = 0;
  double exact_rms = 0;      // of the network's as it was, for comparison
  double signs_changed = 0;  // the share of outputs on another side of 0, in [0, 1]
};

struct Approximation {
  FitMethod method = FitMethod::kLeastSquares;
  std::size_t inputs = 0;  // that everything was fitted to, and measured on
  std::vector<ActivationFit> activations;
  LogitDifference logits;
};

/// A JSON object.
std::string to_json(const Approximation& approximation);
/// Fails with kMalformed, without a place.
Result<Approximation> parse_approximation(std::string_view json);

/// A few lines for people.
std::string to_text(const Approximation& approximation);

}  // namespace veilray::graph
