#pragma once
#include <span>

namespace veilray::graph {

/// c[0] + c[1] x + c[2] x^2 + ...
inline double polynomial_at(std::span<const double> coefficients, double x) {
  double sum = 0;
  for (std::size_t i = coefficients.size(); i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

}  // namespace veilray::graph
