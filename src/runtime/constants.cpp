#include "runtime/constants.h"

#include <map>

#include "base/hash.h"

namespace veilray::runtime {

namespace {

/// The slots of a layer's diagonals, equal ones once.
struct Distinct {
  Distinct(const plan::LinearLayer& layer, ThreadPool& pool) : of_term(layer.terms.size()) {
    std::vector<std::vector<std::vector<double>>> by_out(layer.matrix.out.ciphertexts());
    pool.parallel_for(by_out.size(), [&](std::size_t out, std::size_t) {
      by_out[out] = layer.diagonals_of(static_cast<std::uint32_t>(out));
    });
    std::size_t term = 0;
    std::map<Sha256, std::size_t> seen;
    for (auto& diagonals : by_out)
      for (auto& diagonal : diagonals) {
        const auto [at, is_new] =
            seen.try_emplace(sha256(std::as_bytes(std::span(diagonal))), slots.size());
        if (is_new) slots.push_back(std::move(diagonal));
        of_term[term++] = at->second;
      }
  }
  std::vector<std::vector<double>> slots;
  std::vector<std::size_t> of_term;
};

}  // namespace

EncodedConstants::EncodedConstants(const plan::Program& program, const ckks::Encoder& encoder,
                                   ThreadPool& pool, Progress& progress)
    : layers_(program.layers.size()) {
  std::size_t done = 0;
  for (std::uint32_t l = 0; l < layers_.size(); ++l)
    layers_[l].biases.resize(program.layers[l].matrix.out.ciphertexts());
  for (const plan::Step& step : program.steps) {
    if (const auto* products = std::get_if<plan::op::ProductSums>(&step.operation)) {
      encode_diagonals(program, products->layer, program.type(products->inputs.front()).level,
                       products->plain_scale, encoder, pool);
      progress.update("encoding weights", ++done, layers_.size());
    }
    if (const auto* bias = std::get_if<plan::op::AddBias>(&step.operation)) {
      const auto& type = program.type(bias->in);
      auto& kept = layers_[bias->layer].biases[bias->out];
      kept = encoder.encode(program.layers[bias->layer].matrix.bias_slots(bias->out), type.level,
                            type.scale);
      bytes_ += kept.bytes();
    }
  }
}

void EncodedConstants::encode_diagonals(const plan::Program& program, std::uint32_t layer,
                                        ckks::Level level, ckks::Scale scale,
                                        const ckks::Encoder& encoder, ThreadPool& pool) {
  const plan::LinearLayer& source = program.layers[layer];
  const Distinct distinct(source, pool);
  Layer& encoded = layers_[layer];
  encoded.diagonals.resize(distinct.slots.size());
  pool.parallel_for(distinct.slots.size(), [&](std::size_t d, std::size_t) {
    encoded.diagonals[d] = encoder.encode(distinct.slots[d], level, scale);
  });
  for (const auto& diagonal : encoded.diagonals) bytes_ += diagonal.bytes();
  encoded.matrix.assign(source.giants.size() * source.babies.size(), nullptr);
  for (std::size_t t = 0; t < source.terms.size(); ++t) {
    const auto& term = source.terms[t];
    encoded.matrix[std::size_t{term.giant} * source.babies.size() + term.baby] =
        &encoded.diagonals[distinct.of_term[t]];
  }
}

}  // namespace veilray::runtime
