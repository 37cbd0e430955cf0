#include "runtime/clear_constants.h"

#include <algorithm>
#include <map>
#include <utility>

namespace veilray::runtime {
namespace {

/// Those of the terms of output ciphertext `out`.
std::vector<ClearDiagonal> diagonals_of(const plan::LinearLayer& layer, std::uint32_t out) {
  const std::uint32_t slots = layer.matrix.out.slots();
  const auto period =
      std::max(layer.matrix.weight_period(), std::min(ClearDiagonal::kBlock, slots));
  const auto [first, last] = layer.terms_of(out);
  std::vector<ClearDiagonal> diagonals(last - first);
  const bool as_runs =
      period == slots && layer.matrix.count_stretches(out, period) * sizeof(ClearDiagonal::Run) <
                             diagonals.size() * period * sizeof(float);
  if (!as_runs)
    for (ClearDiagonal& diagonal : diagonals) diagonal.slots.resize(period);
  layer.for_each_run(out, period, [&](std::uint32_t term, const plan::SlotRun& run) {
    auto& [values, runs] = diagonals[term];
    const auto weight = static_cast<float>(run.weight);
    if (as_runs && run.stride == 1) {
      runs.push_back({run.first, run.count, weight});
    } else if (as_runs) {
      for (std::uint32_t k = 0; k < run.count; ++k)
        runs.push_back({run.first + k * run.stride, 1, weight});
    } else {
      for (std::uint32_t k = 0; k < run.count; ++k) values[run.first + k * run.stride] += weight;
    }
  });
  return diagonals;
}

/// For each giant of the layer the first that reads the same babies.
std::vector<std::uint32_t> same_operands(const plan::LinearLayer& layer) {
  std::vector<std::vector<std::uint32_t>> babies(layer.giants.size());
  for (const auto& term : layer.terms) babies[term.giant].push_back(term.baby);
  std::map<std::vector<std::uint32_t>, std::uint32_t> seen;
  std::vector<std::uint32_t> firsts;
  for (std::uint32_t giant = 0; giant < babies.size(); ++giant)
    firsts.push_back(seen.try_emplace(std::move(babies[giant]), giant).first->second);
  return firsts;
}

}  // namespace

ClearConstants::ClearConstants(const plan::Program& program, ThreadPool& pool,
                               ClearConstants similar)
    : layers_(std::move(similar.layers_)) {
  layers_.resize(program.layers.size());
  struct Task {
    const plan::LinearLayer& layer;
    Layer& constants;
    std::uint32_t out;
  };
  std::vector<Task> tasks;
  for (std::uint32_t l = 0; l < layers_.size(); ++l) {
    const plan::LinearLayer& layer = program.layers[l];
    if (layers_[l] && layers_[l]->matrix == layer.matrix && layers_[l]->split == layer.split)
      continue;
    const std::uint32_t outs = layer.matrix.out.ciphertexts();
    const auto made = std::make_shared<Layer>(layer.matrix, layer.split);
    made->diagonals.resize(layer.terms.size());
    made->biases.resize(outs);
    made->same_operands = same_operands(layer);
    for (std::uint32_t out = 0; out < outs; ++out) tasks.push_back({layer, *made, out});
    layers_[l] = made;
  }
  pool.parallel_for(tasks.size(), [&](std::size_t t, std::size_t) {
    const auto& [layer, constants, out] = tasks[t];
    std::ranges::move(diagonals_of(layer, out),
                      constants.diagonals.begin() + layer.terms_of(out).first);
    constants.biases[out] = layer.matrix.bias_slots(out);
  });
}

}  // namespace veilray::runtime
