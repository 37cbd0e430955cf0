#pragma once
// What `veilray train classifier --config FILE` reads: the network and how to train it.
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "graph/classifier_record.h"

namespace veilray::train {

/// Changed copies of each training film, made before the encoder sees it. Amounts are the most to
/// either side; each copy draws its own.
struct PixelAugmentation {
  std::int64_t copies = 4;  // beside the film as it is
  double rotation = 8.0;    // degrees
  double scale = 0.1;       // of the side
  double shift = 0.05;      // of the side, along both axes
  double flip = 0.5;        // probability of a mirrored copy
  double brightness = 0.1;  // added, where black is -1 and white 1
  double contrast = 0.15;   // factor 1 +- this
};

/// alpha x^2 + beta x + c, and what keeps it from exploding: docs/adr/0012.
struct ActivationRecipe {
  std::array<double, 3> start = {0.1995, 0.5, 0.1995};  // alpha, beta, c
  double rate_factor = 0.1;  // of the learning rate, for these three scalars
  double range = 5.0;        // inputs beyond +-this are penalised
  double penalty = 0.01;     // times the mean squared excess
};

struct ClassifierRecipe {
  std::string architecture = "hefnet";
  std::string attention = "none";
  graph::InputForm latent = graph::InputForm::kRawLatent;
  std::int64_t size = 64;  // of the film made smaller, in pixels, where `latent` is kPixels
  std::int64_t folds = 3;  // patients in so many parts: epoch, calibration and thresholds
  std::int64_t epochs = 30;
  std::int64_t batch = 64;
  double learning_rate = 2e-3;  // the highest: linear warm-up, then half a cosine down to 1 %
  /// Of that, for the weights of the last layer. A step moves a logit by up to the rate times the
  /// values that enter it: 1024 of a latent, 230,400 of 256 x 256 pixels (hefnet).
  double last_layer_rate_factor = 1.0;
  double warmup_epochs = 3.0;
  double weight_decay = 0.05;     // of convolutions and linear layers
  double gradient_clip = 1.0;     // of the norm of all gradients
  double dropout = 0.2;           // of the values that enter the last linear layer
  double mixup = 0.2;             // each film takes up to this share of another one
  std::int64_t latent_shift = 2;  // positions to either side, edges repeated
  double teacher_weight = 0.7;    // of the teacher's probability in a target, where it has one
  ActivationRecipe activation;
  PixelAugmentation augmentation;
  std::uint64_t seed = 1;
  std::string attribution;  // for the card: whose films, under which licence
};

/// Fails with kMalformed (no JSON, an unknown key, a wrong type) or kInvalidArgument (a number out
/// of its bounds), naming the key. Whether the architecture exists is asked when it is built.
Result<ClassifierRecipe> parse_classifier_recipe(std::string_view json);
/// As parse_classifier_recipe, from a file of its own or its object "train_classifier"; the failure
/// names the path.
Result<ClassifierRecipe> load_classifier_recipe(const std::filesystem::path& path);

}  // namespace veilray::train
