#include "graph/onnx/polynomial.h"

#include <algorithm>
#include <utility>

namespace veilray::graph::onnx {
namespace {

Coefficients trimmed(Coefficients p) {
  for (double& c : p) c += 0.0;  // -0 prints badly
  while (p.size() > 1 && p.back() == 0) p.pop_back();
  return p;
}

}  // namespace

Coefficients affine(Coefficients p, double factor, double offset) {
  for (double& c : p) c *= factor;
  p[0] += offset;
  return trimmed(std::move(p));
}

Coefficients sum(const Coefficients& a, const Coefficients& b) {
  Coefficients out(std::max(a.size(), b.size()), 0.0);
  for (std::size_t i = 0; i < a.size(); ++i) out[i] += a[i];
  for (std::size_t i = 0; i < b.size(); ++i) out[i] += b[i];
  return trimmed(std::move(out));
}

Coefficients product(const Coefficients& a, const Coefficients& b) {
  Coefficients out(a.size() + b.size() - 1, 0.0);
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j) out[i + j] += a[i] * b[j];
  return trimmed(std::move(out));
}

Coefficients composed(const Coefficients& outer, const Coefficients& inner) {
  Coefficients out{outer.back()};  // Horner
  for (std::size_t i = outer.size() - 1; i-- > 0;) out = affine(product(out, inner), 1, outer[i]);
  return out;
}

}  // namespace veilray::graph::onnx
