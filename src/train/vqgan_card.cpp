#include "train/vqgan_card.h"

#include <fmt/core.h>

namespace veilray::train {
namespace {

std::string network_section(const vision::vqgan::Config& network) {
  return fmt::format(
      "## Network\n"
      "Factor {}: a film of {} x {} becomes a latent of {} x {} x {}; ch = {}, {} residual "
      "block(s) a "
      "level, {} codes of dimension {}. `vqgan.json` has the rest.\n\n",
      network.factor(), network.resolution, network.resolution, network.z_channels,
      network.latent_size(), network.latent_size(), network.ch, network.num_res_blocks,
      network.n_embed, network.embed_dim);
}

/// "0 mean absolute error + ... ".
std::string loss_of(const VqganRecipe& recipe) {
  const auto& loss = recipe.loss;
  auto text = fmt::format(
      "Loss: {:g} mean absolute error + {:g} mean squared error + {:g} mean absolute error of "
      "neighbour differences + {:g} commitment",
      loss.l1, loss.l2, loss.gradients, loss.commitment);
  if (!recipe.adversary) return text + "; no perceptual and no adversarial term.";
  const auto& adversary = *recipe.adversary;
  return text + fmt::format(
                    "; from step {} on also {:g} distance in the discriminator's features, which "
                    "stands in for a perceptual term, and an adversarial term of {:g} times the "
                    "adaptive weight. The discriminator: PatchGAN of {} layers of stride 2, {} "
                    "channels in the first, hinge loss, Adam with learning rate up to {:g}.",
                    adversary.start_step, loss.features, adversary.weight, adversary.layers,
                    adversary.channels, adversary.learning_rate);
}

std::string training_section(const VqganRecipe& recipe, const VqganCardFacts& facts) {
  return fmt::format(
      "## Training\n"
      "`{}`, of commit {}: {} steps of {} random crops of {} x {} pixels, mirrored or not, in "
      "{:.0f} "
      "minutes, beginning with {}. Adam, learning rate up to {:g} ({} steps of warm-up, then half "
      "a cosine), convolutions in {}; the weights are the moving average of decay {:g}. {} Codes "
      "follow by moving averages, dead ones are revived. Seed {}.\n\n",
      facts.command, facts.commit, facts.last.step, recipe.batch, recipe.crop, recipe.crop,
      facts.last.minutes, facts.initial.empty() ? "random weights" : facts.initial,
      recipe.learning_rate, recipe.warmup_steps, recipe.bfloat16 ? "bfloat16" : "float32",
      recipe.weight_average, loss_of(recipe), recipe.seed);
}

std::string data_section(const VqganCardFacts& facts) {
  const auto named = [](const std::string& sources) {
    return sources.empty() ? std::string("all sources") : sources;
  };
  auto text = fmt::format(
      "## Data\n"
      "{} films to train on ({}), {} for validation ({}), split by patient; only grey values, no "
      "labels.\n",
      facts.training_films, named(facts.sources), facts.last.quality.films,
      named(facts.validation_sources.empty() ? facts.sources : facts.validation_sources));
  return text + "\n";
}

std::string quality_section(const VqganQuality& quality) {
  return fmt::format(
      "## Quality\n"
      "On the validation films, through the codes: PSNR {:.2f} dB, SSIM {:.4f} (means over films), "
      "{:.1f} % of the codes used. `metrics.csv` has the course of the training.\n\n",
      quality.psnr, quality.ssim, 100.0 * quality.codebook_use);
}

}  // namespace

std::string vqgan_card(const VqganRecipe& recipe, const VqganCardFacts& facts) {
  return fmt::format("# VQGAN, factor {}\n\n", recipe.network.factor()) +
         network_section(recipe.network) + data_section(facts) + training_section(recipe, facts) +
         quality_section(facts.last.quality) +
         "## Use and limits\n"
         "Made to turn frontal chest radiographs into latents for classification under encryption. "
         "Not "
         "a medical device: a reconstruction is not a film, small findings may be lost or invented "
         "in "
         "it, and other views, other anatomy and devices that the data lacks come back worse.\n\n"
         "## Licence and attribution\n" +
         (recipe.attribution.empty() ? "See the licence of the films that it was trained on."
                                     : recipe.attribution) +
         "\n";
}

}  // namespace veilray::train
