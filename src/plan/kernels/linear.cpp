#include "plan/kernels/linear.h"

#include <map>

namespace veilray::plan::kernels {
namespace {

/// Every baby of the layer, in its order; one hoist serves all rotations of an input.
std::vector<ValueId> rotate_babies(Builder& builder, const Packed& in, const LinearLayer& layer) {
  std::map<std::uint32_t, ValueId> hoisted;
  std::vector<ValueId> babies;
  for (const auto& [ciphertext, step] : layer.babies) {
    const ValueId source = in.ciphertexts.at(ciphertext);
    if (step == 0) {
      babies.push_back(source);
      continue;
    }
    if (!hoisted.contains(ciphertext)) hoisted.emplace(ciphertext, builder.hoist(source));
    babies.push_back(builder.rotate_hoisted(source, hoisted.at(ciphertext), step));
  }
  return babies;
}

/// The sums over slots congruent modulo `period`, in every one of them.
ValueId fold(Builder& builder, ValueId sum, std::uint32_t period, std::uint32_t slots) {
  for (std::uint32_t step = period; step < slots; step *= 2)
    sum = builder.rotate_sum({sum, sum}, {0, step});
  return sum;
}

}  // namespace

Packed linear(Builder& builder, const Packed& in, LinearLayer new_layer, ckks::Scale plain_scale,
              bool rescale) {
  const std::uint32_t index = builder.add_layer(std::move(new_layer));
  const LinearLayer& layer = builder.layer(index);
  const SlotMatrix& matrix = layer.matrix;
  const auto sums = builder.product_sums(index, rotate_babies(builder, in, layer), plain_scale);

  std::vector<std::vector<ValueId>> turned(matrix.out.ciphertexts());
  std::vector<std::vector<std::uint32_t>> steps(matrix.out.ciphertexts());
  for (std::size_t g = 0; g < sums.size(); ++g) {
    turned[layer.giants[g].ciphertext].push_back(sums[g]);
    steps[layer.giants[g].ciphertext].push_back(layer.giants[g].step);
  }

  Packed out{matrix.out, {}};
  const bool folded = matrix.form == SlotMatrix::Form::kFolded;
  const bool has_bias = !matrix.op.bias.empty();
  for (std::uint32_t ct = 0; ct < matrix.out.ciphertexts(); ++ct) {
    ValueId sum = builder.rotate_sum(std::move(turned[ct]), std::move(steps[ct]));
    if (folded) sum = fold(builder, sum, matrix.out.period(), matrix.out.slots());
    if (has_bias) sum = builder.add_bias(sum, index, ct);
    if (rescale) sum = builder.rescale(sum);
    out.ciphertexts.push_back(sum);
  }
  return out;
}

}  // namespace veilray::plan::kernels
