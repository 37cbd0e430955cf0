#include "cli/bench/subject.h"

#include <algorithm>
#include <random>

#include "base/random.h"
#include "cli/kit.h"
#include "cli/model_lookup.h"
#include "graph/architectures/random_weights.h"
#include "graph/passes/pipeline.h"
#include "runtime/compile.h"
#include "vision/phantom.h"
#include "vision/preprocess.h"

namespace veilray::cli {
namespace {

constexpr std::uint64_t kNetworkSeed = 1;
constexpr std::size_t kMostLatents = 10;

/// What `compile --arch hefnet --random-weights 1` makes, but for the folder.
Result<plan::LoadedModel> random_model(Context& context) {
  const graph::ArchitectureSpec spec;
  VEILRAY_TRY(weights, graph::random_weights(spec, kNetworkSeed));
  VEILRAY_TRY(network, graph::build(spec, weights));
  VEILRAY_TRY(fused, graph::lower_to_linear_and_polynomial(std::move(network)));
  VEILRAY_TRY(made, runtime::compile(fused, {}, context.pool, context.progress));
  plan::Model model;
  model.name = "random weights";
  model.architecture = spec.name + ", attention " + spec.attention;
  SystemRng().fill(model.id);
  model.network = std::move(fused);
  model.plan = std::move(made);
  return plan::assemble(std::move(model));
}

std::vector<tensor::Tensor> normal_latents(const tensor::Shape& shape, std::size_t count) {
  std::mt19937_64 generator(1);
  std::normal_distribution<float> normal;
  std::vector<tensor::Tensor> latents(count, tensor::Tensor::zeros(shape));
  for (auto& latent : latents)
    for (float& value : latent.data) value = normal(generator);
  return latents;
}

Result<std::vector<tensor::Tensor>> phantom_latents(const OpenKit& kit, std::size_t count,
                                                    std::size_t threads) {
  VEILRAY_TRY(maker, LatentMaker::create(kit, threads));
  std::vector<tensor::Tensor> latents;
  for (std::size_t seed = 0; seed < count; ++seed) {
    const auto film = vision::draw_phantom({.seed = seed});
    VEILRAY_TRY(latent, maker.from_pixels(vision::preprocess(film)));
    latents.push_back(std::move(latent));
  }
  return latents;
}

Result<BenchSubject> load_subject(const std::filesystem::path& folder, std::size_t latents,
                                  std::size_t threads) {
  VEILRAY_TRY(model, plan::load_model(folder));
  VEILRAY_TRY(kit, open_kit(folder.string()));
  BenchSubject subject{std::move(model), {}, {}};
  auto vqgan = load_kit_vqgan(kit.folder);
  // A kit may take latents only.
  if (!vqgan.ok() && vqgan.failure().code != ErrorCode::kUnsupported) return vqgan.failure();
  if (vqgan.ok()) subject.vqgan = std::move(vqgan).value();
  // A network that is not trained was calibrated on normal latents, and promises nothing of others.
  if (subject.vqgan && subject.model.model.trained) {
    VEILRAY_TRY(encoded, phantom_latents(kit, latents, threads));
    subject.latents = std::move(encoded);
  } else {
    subject.latents = normal_latents(subject.model.kit.latent_shape(), latents);
  }
  return subject;
}

}  // namespace

Result<BenchSubject> bench_subject(const BenchOptions& options, Context& context) {
  const std::size_t latents = std::min(options.repetitions, kMostLatents);
  const auto folder = find_model(
      options.model.empty() ? kDefaultModel : std::string_view(options.model), model_folders());
  if (folder.ok()) return load_subject(folder.value(), latents, context.pool.threads());
  if (!options.model.empty()) return folder.failure();
  VEILRAY_TRY(model, random_model(context));
  BenchSubject subject{std::move(model), {}, {}};
  subject.latents = normal_latents(subject.model.kit.latent_shape(), latents);
  return subject;
}

}  // namespace veilray::cli
