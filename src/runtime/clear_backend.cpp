#include "runtime/clear_backend.h"

#include <algorithm>
#include <cmath>

#include "runtime/noise_stream.h"

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

/// What noise belongs to.
enum : std::uint64_t { kInputs, kResults };

void disturb(Slots& value, double deviation, std::initializer_list<std::uint64_t> names) {
  NoiseStream stream(names);
  for (double& x : value) x += deviation * stream.next();
}

/// Slots that products are summed over at a time: so few that all operands stay in cache.
constexpr std::size_t kBlock = 1024;

std::vector<float> narrowed(const std::vector<double>& slots) {
  std::vector<float> floats(slots.size());
  std::ranges::transform(slots, floats.begin(), [](double x) { return static_cast<float>(x); });
  return floats;
}

}  // namespace

ClearConstants::ClearConstants(const plan::Program& program, ThreadPool& pool) {
  struct Task {
    std::uint32_t layer, out;
  };
  std::vector<Task> tasks;
  for (std::uint32_t l = 0; l < program.layers.size(); ++l) {
    const plan::LinearLayer& layer = program.layers[l];
    Layer& constants = layers_.emplace_back();
    constants.diagonals.resize(layer.terms.size());
    constants.biases.resize(layer.matrix.out.ciphertexts());
    for (std::uint32_t out = 0; out < constants.biases.size(); ++out) tasks.push_back({l, out});
  }
  pool.parallel_for(tasks.size(), [&](std::size_t t, std::size_t) {
    const auto [l, out] = tasks[t];
    const plan::LinearLayer& layer = program.layers[l];
    const std::uint32_t slots = layer.matrix.out.slots();
    const auto block = std::min(static_cast<std::uint32_t>(kBlock), slots);
    std::uint32_t term = layer.terms_of(out).first;
    for (const auto& diagonal :
         layer.diagonals_of(out, std::max(layer.matrix.weight_period(), block)))
      layers_[l].diagonals[term++] = narrowed(diagonal);
    layers_[l].biases[out] = layer.matrix.bias_slots(out);
  });
}

void ClearBackend::add_fresh_noise(Value& input, std::uint32_t index, ckks::Scale scale) const {
  if (!noise_) return;
  disturb(input, noise_->model.fresh() / scale.value, {noise_->seed, run_, kInputs, index});
}

/// Standard deviation of what the step adds to every slot.
double ClearBackend::operation_noise(const plan::Step& step) const {
  const auto& type = program_.type(step.first);
  const double switched = noise_->model.key_switch(type.level) / type.scale.value;
  if (std::holds_alternative<plan::op::RotateHoisted>(step.operation) ||
      std::holds_alternative<plan::op::Relinearize>(step.operation))
    return switched;
  if (const auto* sum = std::get_if<plan::op::RotateSum>(&step.operation))
    return switched * std::sqrt(static_cast<double>(sum->steps.size()));
  if (std::holds_alternative<plan::op::Rescale>(step.operation))
    return noise_->model.rescale() / type.scale.value;
  return 0;
}

ClearBackend::Value ClearBackend::product_sum(const plan::op::ProductSums& op, std::size_t giant,
                                              plan::ValueId result,
                                              std::span<const Value* const> babies) const {
  const auto& layer = program_.layers[op.layer];
  const auto terms =
      std::ranges::equal_range(layer.terms, giant, {}, &plan::LinearLayer::Term::giant);
  const auto first = static_cast<std::uint32_t>(terms.begin() - layer.terms.begin());
  const std::size_t slots = layer.matrix.out.slots(), block = std::min(kBlock, slots);
  Value sums(slots, 0.0), squares(noise_ ? slots : 0, 0.0);
  for (std::size_t begin = 0; begin < slots; begin += block)
    for (std::uint32_t t = 0; t < terms.size(); ++t) {
      const auto diagonal = constants_.diagonal(op.layer, first + t);
      const float* weights = diagonal.data() + (begin & (diagonal.size() - 1));
      const double* x = babies[terms[t].baby]->data() + begin;
      double* sum = sums.data() + begin;
      for (std::size_t i = 0; i < block; ++i) sum[i] += static_cast<double>(weights[i]) * x[i];
      if (!noise_) continue;
      double* square = squares.data() + begin;
      for (std::size_t i = 0; i < block; ++i) square[i] += x[i] * x[i];
    }
  if (!noise_) return sums;
  // The rounding of every plaintext meets the value that it multiplies.
  NoiseStream stream({noise_->seed, run_, kResults, result.value});
  const double deviation = noise_->model.encoding() / op.plain_scale.value;
  for (std::size_t i = 0; i < slots; ++i)
    sums[i] += deviation * stream.next() * std::sqrt(squares[i]);
  return sums;
}

void ClearBackend::run(const plan::Step& step, std::size_t part,
                       std::span<const Value* const> operands, std::span<Value> results,
                       std::size_t) {
  const plan::ValueId id{step.first.value + static_cast<std::uint32_t>(part)};
  Value& result = results[part];
  if (const auto* products = std::get_if<plan::op::ProductSums>(&step.operation)) {
    result = product_sum(*products, part, id, operands);
  } else {
    result = std::visit(Evaluate{constants_, operands}, step.operation);
    if (const double deviation = noise_ ? operation_noise(step) : 0; deviation > 0)
      disturb(result, deviation, {noise_->seed, run_, kResults, id.value});
  }
  double& range = ranges_[id.value];
  for (const double x : result) range = std::max(range, std::abs(x));
}

}  // namespace veilray::runtime
