#include "runtime/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "graph/interpret.h"
#include "plan/images.h"
#include "plan/search.h"
#include "runtime/clear_run.h"

namespace veilray::runtime {
namespace {

constexpr std::size_t kSyntheticInputs = 4;
constexpr std::uint64_t kNoiseSeed = 20250615;

std::vector<tensor::Tensor> normal_inputs(const tensor::Shape& shape) {
  std::mt19937_64 generator(1);
  std::normal_distribution<float> normal;
  std::vector<tensor::Tensor> inputs(kSyntheticInputs, tensor::Tensor::zeros(shape));
  for (auto& input : inputs)
    for (float& value : input.data) value = normal(generator);
  return inputs;
}

std::vector<std::vector<float>> float_logits(const graph::Graph& fused,
                                             const std::vector<tensor::Tensor>& inputs,
                                             ThreadPool& pool) {
  std::vector<std::vector<float>> logits(inputs.size());
  pool.parallel_for(inputs.size(), [&](std::size_t i, std::size_t) {
    logits[i] = graph::run(fused, inputs[i]).data;
  });
  return logits;
}

double largest(const std::vector<std::vector<float>>& logits) {
  float most = 1e-3F;
  for (const auto& row : logits)
    for (const float logit : row) most = std::max(most, std::abs(logit));
  return static_cast<double>(most);
}

double error_between(std::span<const double> got, const std::vector<float>& want) {
  double error = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double difference = std::abs(got[i] - static_cast<double>(want[i]));
    error = std::isnan(difference) ? INFINITY : std::max(error, difference);
  }
  return error;
}

/// What requests of `images` images each try: every input once, the last request filled up with
/// the first ones.
std::vector<std::vector<std::size_t>> requests(std::size_t inputs, std::size_t images) {
  std::vector<std::vector<std::size_t>> all((inputs + images - 1) / images);
  for (std::size_t i = 0; i < all.size() * images; ++i) all[i / images].push_back(i % inputs);
  return all;
}

Status check_inputs(const graph::Graph& fused, const std::vector<tensor::Tensor>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].shape != fused.input_shape())
      return Failure{ErrorCode::kInvalidArgument,
                     "a calibration input has another shape than the network's input",
                     fmt::format("input {}", i),
                     "encode the calibration images with this model's VQGAN"};
  return Done{};
}

}  // namespace

Result<plan::Plan> compile(const graph::Graph& fused, const CompileOptions& options,
                           ThreadPool& pool, Progress& progress) {
  VEILRAY_CHECK_OK(check_inputs(fused, options.calibration));
  VEILRAY_TRY(of_one_image, plan::stages(fused));
  const auto stages = plan::for_images(std::move(of_one_image), options.images);
  const auto inputs =
      options.calibration.empty() ? normal_inputs(fused.input_shape()) : options.calibration;
  const auto wanted = float_logits(fused, inputs, pool);

  const plan::SearchOptions search{options.precision, largest(wanted), options.images};
  const std::int64_t outputs = fused.output_shape()[0];
  ClearConstants constants;  // trials differ in scales more often than in layouts
  const plan::Trial trial = [&](const plan::Program& program, const plan::Plan& plan,
                                const ckks::Params& params) {
    const plan::NoiseModel noise(params);
    ClearRun run(program, plan, pool, std::move(constants));
    run.simulate_noise(noise, kNoiseSeed);
    plan::TrialResult result;
    for (const auto& request : requests(inputs.size(), options.images)) {
      if (result.max_error > search.tolerance()) break;
      std::vector<tensor::Tensor> images;
      for (const std::size_t i : request) images.push_back(inputs[i]);
      const auto logits =
          run.logits(plan::stack_images(images, options.images), outputs * options.images);
      for (std::size_t k = 0; k < request.size(); ++k)
        result.max_error =
            std::max(result.max_error,
                     error_between(plan::of_image(logits, k, outputs), wanted[request[k]]));
    }
    result.value_ranges = run.ranges();
    constants = run.constants();
    return result;
  };
  return plan::search(stages, search, trial, progress);
}

}  // namespace veilray::runtime
