#pragma once
// Polynomials in one unknown, as an exporter spreads them over Mul, Add and Pow.
#include <vector>

namespace veilray::graph::onnx {

/// c[0] + c[1] x + c[2] x^2 + ...; never empty, and without zeros at its end.
using Coefficients = std::vector<double>;

inline Coefficients identity() { return {0, 1}; }
inline bool is_identity(const Coefficients& p) { return p == identity(); }
inline std::size_t degree(const Coefficients& p) { return p.size() - 1; }

/// factor * p + offset.
Coefficients affine(Coefficients p, double factor, double offset);
Coefficients sum(const Coefficients& a, const Coefficients& b);
Coefficients product(const Coefficients& a, const Coefficients& b);
/// outer(inner(x)).
Coefficients composed(const Coefficients& outer, const Coefficients& inner);

}  // namespace veilray::graph::onnx
