#pragma once
// What `veilray train vqgan --config FILE` reads: the network and how to train it.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "vision/vqgan/config.h"

namespace veilray::train {

/// Weights of the terms of the loss; pixels are in [-1, 1].
struct VqganLossWeights {
  double l1 = 1.0;           // mean absolute error
  double l2 = 0.0;           // mean squared error
  double gradients = 0.0;    // mean absolute error of the differences of neighbouring pixels
  double commitment = 0.25;  // beta of arXiv 1711.00937
  double features = 0.0;     // distance in the adversary's features (feature_distance)
};

/// A discriminator to train against.
struct AdversaryRecipe {
  std::int64_t start_step = 0;  // it learns, and its terms count, from this step on
  double weight = 0.8;          // factor on the adaptive weight
  std::int64_t channels = 32;   // of its first layer
  std::int64_t layers = 3;      // of stride 2; three see patches of 70 x 70 pixels
  double learning_rate = 2e-4;  // the highest: half a cosine down to 1 %
};

struct VqganRecipe {
  vision::vqgan::Config network;
  std::int64_t crop = 128;  // side of the random crops, a multiple of the factor, up to 256
  std::int64_t batch = 8;
  std::int64_t steps = 10000;
  double minutes = 0.0;         // ends earlier when this much time has been trained; 0: never
  double learning_rate = 1e-3;  // the highest: linear warm-up, then half a cosine down to 1 %
  std::int64_t warmup_steps = 200;
  double gradient_clip = 1.0;     // of the norm of all gradients
  double weight_average = 0.999;  // decay of the moving average that is kept in the end
  bool bfloat16 = false;          // convolutions in bfloat16
  VqganLossWeights loss;
  std::optional<AdversaryRecipe> adversary;
  std::uint64_t seed = 1;
  std::string attribution;             // of the films: printed in the card
  std::int64_t validate_every = 1000;  // steps; a checkpoint is written then, too
  std::int64_t validation_films = 32;  // of the validation split, until the last time: then all
};

/// Fails with kMalformed (no JSON, an unknown key, a wrong type) or kInvalidArgument (a number out
/// of its bounds), naming the key.
Result<VqganRecipe> parse_vqgan_recipe(std::string_view json);
/// As parse_vqgan_recipe, from a file of its own or its object "train_vqgan"; the failure names the
/// path.
Result<VqganRecipe> load_vqgan_recipe(const std::filesystem::path& path);

}  // namespace veilray::train
