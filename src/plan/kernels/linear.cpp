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

/// By giant step: what is to be rotated by it and summed.
using Giants = std::map<std::uint32_t, std::vector<ValueId>>;

/// sum_g rotate_g(sums_g) for one ciphertext of the result.
ValueId rotate_giants(Builder& builder, const Giants& giants) {
  std::vector<ValueId> inputs;
  std::vector<std::uint32_t> steps;
  for (const auto& [step, sums] : giants) {
    inputs.push_back(builder.add(sums));
    steps.push_back(step);
  }
  return builder.rotate_sum(std::move(inputs), std::move(steps));
}

/// Adds the term's products; returns the layer's index.
std::uint32_t add_products(Builder& builder, LinearTerm term, std::vector<Giants>& giants) {
  const std::uint32_t index = builder.add_layer(std::move(term.layer));
  const LinearLayer& layer = builder.layer(index);
  const auto sums =
      builder.product_sums(index, rotate_babies(builder, term.in, layer), term.plain_scale);
  for (std::size_t g = 0; g < sums.size(); ++g)
    giants[layer.giants[g].ciphertext][layer.giants[g].step].push_back(sums[g]);
  return index;
}

}  // namespace

Packed linear(Builder& builder, std::vector<LinearTerm> terms, bool rescale) {
  const Layout layout = terms.at(0).layer.matrix.out;
  std::vector<Giants> giants(layout.ciphertexts());
  std::vector<std::uint32_t> layers;
  for (LinearTerm& term : terms) {
    if (term.layer.matrix.out != layout)
      throw Error(ErrorCode::kInvalidArgument, "summed layers give different layouts");
    layers.push_back(add_products(builder, std::move(term), giants));
  }

  Packed out{layout, {}};
  const SlotMatrix& first = builder.layer(layers.front()).matrix;
  const bool folded = first.form == SlotMatrix::Form::kFolded;
  const bool has_bias = !first.op.bias.empty();
  for (std::uint32_t ct = 0; ct < layout.ciphertexts(); ++ct) {
    ValueId sum = rotate_giants(builder, giants[ct]);
    if (folded) sum = fold(builder, sum, layout.period(), layout.slots());
    if (has_bias) sum = builder.add_bias(sum, layers.front(), ct);
    if (rescale) sum = builder.rescale(sum);
    out.ciphertexts.push_back(sum);
  }
  return out;
}

Packed linear(Builder& builder, const Packed& in, LinearLayer layer, ckks::Scale plain_scale,
              bool rescale) {
  std::vector<LinearTerm> terms;
  terms.push_back({in, std::move(layer), plain_scale});
  return linear(builder, std::move(terms), rescale);
}

}  // namespace veilray::plan::kernels
