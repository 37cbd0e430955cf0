#pragma once
// A polynomial in place of a function of one variable.
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace veilray::graph {

using ScalarFunction = std::function<double(double)>;

/// c[0] + c[1] x + ..., of degree at most `degree`, with the least sum of squared errors over the
/// values x, each as often as it occurs. The degree is lower where that serves as well: where less
/// than `worth` of the function's spread would be gained, or x has fewer distinct values.
/// By polynomials that are orthogonal on the values (Forsythe 1957).
/// Throws: Error{kInvalidArgument} without values.
std::vector<double> least_squares(std::span<const float> x, const ScalarFunction& function,
                                  std::size_t degree, double worth = 1e-6);

/// With the least largest error over [min, max], on a grid of 2049 Chebyshev points, by Remez's
/// exchange of one point at a time; of lower degree where that serves as well, as above.
/// Throws: Error{kInvalidArgument} unless min <= max.
std::vector<double> minimax(double min, double max, const ScalarFunction& function,
                            std::size_t degree, double worth = 1e-6);

}  // namespace veilray::graph
