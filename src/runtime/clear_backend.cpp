#include "runtime/clear_backend.h"

#include <algorithm>
#include <cmath>

namespace veilray::runtime {
namespace {

using Slots = ClearBackend::Value;

/// out[i] += in[(i + step) mod slots].
void add_rotated(Slots& out, const Slots& in, std::uint32_t step) {
  const std::size_t slots = in.size();
  for (std::size_t i = 0; i < slots; ++i) out[i] += in[(i + step) & (slots - 1)];
}

Slots sum_of_rotations(std::span<const Slots* const> operands,
                       const std::vector<std::uint32_t>& steps) {
  Slots sum(operands.front()->size(), 0.0);
  for (std::size_t k = 0; k < operands.size(); ++k)
    add_rotated(sum, *operands[k], steps.empty() ? 0 : steps[k]);
  return sum;
}

/// Runs the operations that make one value of others; ProductSums is not among them.
struct Evaluate {
  const ClearConstants& constants;
  std::span<const Slots* const> in;

  Slots operator()(const plan::op::Hoist&) const { return *in[0]; }
  Slots operator()(const plan::op::RotateHoisted& op) const {
    return sum_of_rotations(in.first(1), {op.step});
  }
  Slots operator()(const plan::op::RotateSum& op) const { return sum_of_rotations(in, op.steps); }
  Slots operator()(const plan::op::Add&) const { return sum_of_rotations(in, {}); }
  Slots operator()(const plan::op::Multiply&) const {
    Slots out = *in[0];
    for (std::size_t i = 0; i < out.size(); ++i) out[i] *= (*in[1])[i];
    return out;
  }
  Slots operator()(const plan::op::DropToLevel&) const { return *in[0]; }
  Slots operator()(const plan::op::Relinearize&) const { return *in[0]; }
  Slots operator()(const plan::op::Rescale&) const { return *in[0]; }
  Slots operator()(const plan::op::AddBias& op) const {
    Slots out = *in[0];
    const auto bias = constants.bias(op.layer, op.out);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += bias[i];
    return out;
  }
  Slots operator()(const plan::op::SumOfSquares&) const {
    Slots out(in[0]->size(), 0.0);
    for (const Slots* x : in)
      for (std::size_t i = 0; i < out.size(); ++i) out[i] += (*x)[i] * (*x)[i];
    return out;
  }
  Slots operator()(const plan::op::MultiplyInteger& op) const {
    Slots out = *in[0];
    for (double& x : out) x *= static_cast<double>(op.factor) / op.scale.value;
    return out;
  }
  Slots operator()(const plan::op::AddConstant& op) const {
    Slots out = *in[0];
    for (double& x : out) x += op.value;
    return out;
  }
  Slots operator()(const plan::op::Input&) const {
    throw Error(ErrorCode::kInternal, "inputs are not run");
  }
  Slots operator()(const plan::op::ProductSums&) const {
    throw Error(ErrorCode::kInternal, "has many results");
  }
};

}  // namespace

ClearConstants::ClearConstants(const plan::Program& program) {
  for (const auto& layer : program.layers) {
    Layer& constants = layers_.emplace_back();
    for (std::uint32_t out = 0; out < layer.matrix.out.ciphertexts(); ++out) {
      for (const auto& diagonal : layer.diagonals_of(out)) {
        auto& kept = constants.diagonals.emplace_back(diagonal.size());
        std::transform(diagonal.begin(), diagonal.end(), kept.begin(),
                       [](double x) { return static_cast<float>(x); });
      }
      constants.biases.push_back(layer.matrix.bias_slots(out));
    }
  }
}

void ClearBackend::simulate_noise(const plan::NoiseModel& model, std::uint64_t seed) {
  noise_.emplace(Noise{model, std::mt19937_64(seed)});
}

void ClearBackend::disturb(Value& value, double deviation) {
  std::normal_distribution<double> normal(0.0, deviation);
  for (double& x : value) x += normal(noise_->generator);
}

void ClearBackend::add_fresh_noise(Value& input, ckks::Scale scale) {
  if (noise_) disturb(input, noise_->model.fresh() / scale.value);
}

void ClearBackend::add_operation_noise(const plan::Step& step, Value& value) {
  const auto& type = program_.type(step.first);
  double variance = 0;
  const double switched = noise_->model.key_switch(type.level) / type.scale.value;
  if (std::holds_alternative<plan::op::RotateHoisted>(step.operation) ||
      std::holds_alternative<plan::op::Relinearize>(step.operation))
    variance = switched * switched;
  if (const auto* sum = std::get_if<plan::op::RotateSum>(&step.operation))
    variance = switched * switched * static_cast<double>(sum->steps.size());
  if (std::holds_alternative<plan::op::Rescale>(step.operation))
    variance = std::pow(noise_->model.rescale() / type.scale.value, 2);
  if (variance > 0) disturb(value, std::sqrt(variance));
}

void ClearBackend::product_sums(const plan::op::ProductSums& op,
                                std::span<const Value* const> babies, std::span<Value> results) {
  const auto& layer = program_.layers[op.layer];
  const std::size_t slots = layer.matrix.out.slots();
  std::vector<Value> squares(noise_ ? results.size() : 0, Value(slots, 0.0));
  for (auto& result : results) result.assign(slots, 0.0);
  for (std::uint32_t t = 0; t < layer.terms.size(); ++t) {
    const auto& term = layer.terms[t];
    const auto diagonal = constants_.diagonal(op.layer, t);
    const Value& x = *babies[term.baby];
    Value& sum = results[term.giant];
    for (std::size_t i = 0; i < slots; ++i) sum[i] += static_cast<double>(diagonal[i]) * x[i];
    if (noise_)
      for (std::size_t i = 0; i < slots; ++i) squares[term.giant][i] += x[i] * x[i];
  }
  if (!noise_) return;
  // The rounding of every plaintext meets the value that it multiplies.
  std::normal_distribution<double> normal(0.0, noise_->model.encoding() / op.plain_scale.value);
  for (std::size_t r = 0; r < results.size(); ++r)
    for (std::size_t i = 0; i < slots; ++i)
      results[r][i] += normal(noise_->generator) * std::sqrt(squares[r][i]);
}

void ClearBackend::run(const plan::Step& step, std::size_t, std::span<const Value* const> operands,
                       std::span<Value> results, std::size_t) {
  if (const auto* products = std::get_if<plan::op::ProductSums>(&step.operation)) {
    product_sums(*products, operands, results);
  } else {
    results.front() = std::visit(Evaluate{constants_, operands}, step.operation);
    if (noise_) add_operation_noise(step, results.front());
  }
  for (std::size_t r = 0; r < results.size(); ++r) {
    double& range = ranges_[step.first.value + r];
    for (const double x : results[r]) range = std::max(range, std::abs(x));
  }
}

}  // namespace veilray::runtime
