#include "runtime/clear_backend.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/simd.h"
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

// Where every slot's variance is its own.
void disturb(Slots& value, const Slots& squares, double deviation,
             std::initializer_list<std::uint64_t> names) {
  NoiseStream stream(names);
  for (std::size_t i = 0; i < value.size(); ++i)
    value[i] += deviation * stream.next() * std::sqrt(squares[i]);
}

VEILRAY_SIMD_CLONES void add_products(double* sum, const float* weights, const double* x,
                                      std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sum[i] += static_cast<double>(weights[i]) * x[i];
}
VEILRAY_SIMD_CLONES void add_scaled(double* sum, double weight, const double* x,
                                    std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sum[i] += weight * x[i];
}
VEILRAY_SIMD_CLONES void add_squares(double* sum, const double* x, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sum[i] += x[i] * x[i];
}

}  // namespace

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

std::span<const plan::LinearLayer::Term> ClearBackend::terms(std::uint32_t layer,
                                                             std::uint32_t giant) const {
  return std::ranges::equal_range(program_.layers[layer].terms, giant, {},
                                  &plan::LinearLayer::Term::giant);
}

// A noisy sum finds in its place the sum of its operands' squares. Most sums of a layer have the
// same operands.
std::size_t ClearBackend::prepare(const plan::Step& step, std::span<const Value* const> operands,
                                  std::span<Value> results) const {
  const auto* products = std::get_if<plan::op::ProductSums>(&step.operation);
  if (products == nullptr || !noise_) return step.results;
  for (std::uint32_t giant = 0; giant < step.results; ++giant) {
    const auto first = constants_.first_of_same_operands(products->layer, giant);
    if (first < giant) {
      results[giant] = results[first];
      continue;
    }
    results[giant].assign(operands.front()->size(), 0.0);
    for (const auto& term : terms(products->layer, giant))
      add_squares(results[giant].data(), operands[term.baby]->data(), results[giant].size());
  }
  return step.results;
}

ClearBackend::Value ClearBackend::product_sum(std::uint32_t layer, std::uint32_t giant,
                                              std::span<const Value* const> babies) const {
  const auto terms = this->terms(layer, giant);
  const auto first = static_cast<std::uint32_t>(terms.data() - program_.layers[layer].terms.data());
  const std::size_t slots = babies.front()->size();
  // So few at a time that all operands stay in cache.
  const std::size_t block = std::min<std::size_t>(ClearDiagonal::kBlock, slots);
  Value sums(slots, 0.0);
  for (std::size_t begin = 0; begin < slots; begin += block)
    for (std::uint32_t t = 0; t < terms.size(); ++t) {
      const auto& repeated = constants_.diagonal(layer, first + t).slots;
      if (repeated.empty()) continue;
      const float* weights = repeated.data() + (begin & (repeated.size() - 1));
      add_products(sums.data() + begin, weights, babies[terms[t].baby]->data() + begin, block);
    }
  for (std::uint32_t t = 0; t < terms.size(); ++t) {
    const double* x = babies[terms[t].baby]->data();
    for (const auto& run : constants_.diagonal(layer, first + t).runs)
      add_scaled(sums.data() + run.first, double{run.weight}, x + run.first, run.count);
  }
  return sums;
}

void ClearBackend::run(const plan::Step& step, std::size_t part,
                       std::span<const Value* const> operands, std::span<Value> results,
                       std::size_t) {
  const plan::ValueId id{step.first.value + static_cast<std::uint32_t>(part)};
  Value& result = results[part];
  if (const auto* products = std::get_if<plan::op::ProductSums>(&step.operation)) {
    const Value squares = std::exchange(
        result, product_sum(products->layer, static_cast<std::uint32_t>(part), operands));
    // The rounding of every plaintext meets the value that it multiplies.
    if (noise_)
      disturb(result, squares, noise_->model.encoding() / products->plain_scale.value,
              {noise_->seed, run_, kResults, id.value});
  } else {
    result = std::visit(Evaluate{constants_, operands}, step.operation);
    if (const double deviation = noise_ ? operation_noise(step) : 0; deviation > 0)
      disturb(result, deviation, {noise_->seed, run_, kResults, id.value});
  }
  double& range = ranges_[id.value];
  for (const double x : result) range = std::max(range, std::abs(x));
}

}  // namespace veilray::runtime
