#include "plan/kernels/gate.h"

#include <algorithm>
#include <cmath>

#include "plan/depth.h"
#include "plan/pool_layout.h"

namespace veilray::plan::kernels {
namespace {

/// The product of `high`, once it has come down, with `low`. One key switch and one level.
ValueId product(Builder& builder, ValueId high, ValueId low) {
  const ValueId dropped = builder.drop_to_level(high, builder.type(low).level);
  return builder.rescale(builder.relinearize(builder.multiply(dropped, low)));
}

}  // namespace

Packed cubic(Builder& builder, const Packed& in, const MonicCubic& f) {
  Packed out{in.layout, {}};
  for (const ValueId x : in.ciphertexts) {
    ValueId factor = builder.rescale(builder.relinearize(builder.sum_of_squares({x})));
    if (f.linear != 0.0) factor = builder.add_constant(factor, f.linear);
    ValueId value = product(builder, x, factor);
    if (f.constant != 0.0) value = builder.add_constant(value, f.constant);
    out.ciphertexts.push_back(value);
  }
  return out;
}

double square_divisor(const Builder& builder, const Packed& in) {
  const ValueType& type = builder.type(in.ciphertexts.front());
  const double square = type.scale.value * type.scale.value / builder.params().prime(type.level);
  return std::exp2(std::max(0.0, std::round(kPrimeBits - std::log2(square))));
}

Packed stack_squares(Builder& builder, const Packed& in) {
  const double divisor = square_divisor(builder, in);
  Packed out{stacked_layout(in.layout), {}};
  // An integer factor: both halves come down to one level and scale.
  for (const ValueId x : in.ciphertexts)
    out.ciphertexts.push_back(builder.rescale(
        builder.multiply_constant(x, 1.0, {builder.type(x).scale.value * divisor})));
  for (const ValueId x : in.ciphertexts) {
    ValueId square = builder.relinearize(builder.sum_of_squares({x}));
    // Times the integer 1: the division is in the scale.
    if (divisor != 1.0) square = builder.multiply_constant(square, 1 / divisor, {divisor});
    out.ciphertexts.push_back(builder.rescale(square));
  }
  return out;
}

Packed gate(Builder& builder, const Packed& in, const Packed& factors, double shift) {
  if (in.layout != factors.layout)
    throw Error(ErrorCode::kInvalidArgument, "a gate's factors are not laid out as its input");
  Packed out{in.layout, {}};
  for (std::size_t ct = 0; ct < in.ciphertexts.size(); ++ct) {
    const ValueId value = product(builder, in.ciphertexts[ct], factors.ciphertexts[ct]);
    out.ciphertexts.push_back(shift == 0.0 ? value : builder.add_constant(value, shift));
  }
  return out;
}

}  // namespace veilray::plan::kernels
