#include "plan/kernels/linear.h"

#include <map>

namespace veilray::plan::kernels {
namespace {

/// By ciphertext.
using StepsOf = std::map<std::uint32_t, std::vector<std::uint32_t>>;

StepsOf steps_of(const std::vector<TurnedCiphertext>& turned) {
  StepsOf steps;
  for (const auto& [ciphertext, step] : turned) steps[ciphertext].push_back(step);
  return steps;
}

/// Every baby of the layer, in its order. One hoist serves all rotations of one ciphertext.
std::vector<ValueId> rotate_babies(Builder& builder, const Packed& in, const LinearLayer& layer) {
  std::map<TurnedCiphertext, ValueId> made;
  for (const auto& [ciphertext, steps] : steps_of(layer.babies)) {
    made[{ciphertext, 0}] = in.ciphertexts.at(ciphertext);
    std::map<std::uint32_t, ValueId> hoisted;
    for (const auto& [from, step, to] :
         rotation_tree(steps, builder.keyed(), layer.matrix.in.slots()).edges) {
      const ValueId source = made.at({ciphertext, from});
      if (!hoisted.contains(from)) hoisted.emplace(from, builder.hoist(source));
      made[{ciphertext, to}] = builder.rotate_hoisted(source, hoisted.at(from), step);
    }
  }
  std::vector<ValueId> babies;
  for (const TurnedCiphertext& baby : layer.babies) babies.push_back(made.at(baby));
  return babies;
}

/// By giant step: what is to be rotated by it and summed.
using Giants = std::map<std::uint32_t, std::vector<ValueId>>;

/// sum_g rotate_g(sums_g) for one ciphertext of the result.
ValueId rotate_giants(Builder& builder, const Giants& giants, std::uint32_t slots) {
  struct Terms {
    std::vector<ValueId> inputs;
    std::vector<std::uint32_t> steps;
  };
  std::vector<std::uint32_t> wanted;
  std::map<std::uint32_t, Terms> at;
  for (const auto& [step, sums] : giants) {
    wanted.push_back(step);
    at[step] = {{builder.add(sums)}, {0}};
  }
  const auto collect = [&](std::uint32_t node) {
    return builder.rotate_sum(std::move(at[node].inputs), std::move(at[node].steps));
  };
  const RotationTree tree = rotation_tree(wanted, builder.keyed(), slots);
  // Backwards, so that a node has all it receives before it is rotated on.
  for (auto edge = tree.edges.rbegin(); edge != tree.edges.rend(); ++edge) {
    const ValueId turned = collect(edge->to);
    at[edge->from].inputs.push_back(turned);
    at[edge->from].steps.push_back(edge->step);
  }
  return collect(0);
}

/// The sums over slots congruent modulo `period`, in every one of them.
ValueId fold(Builder& builder, ValueId sum, std::uint32_t period, std::uint32_t slots) {
  for (std::uint32_t step = period; step < slots; step *= 2)
    sum = builder.rotate_sum({sum, sum}, {0, step});
  return sum;
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
    ValueId sum = rotate_giants(builder, giants[ct], layout.slots());
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
