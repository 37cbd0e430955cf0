#pragma once
// The page that goes with trained weights.
#include <cstddef>
#include <string>

#include "train/vqgan_log.h"
#include "train/vqgan_recipe.h"

namespace veilray::train {

/// What the card tells beside the recipe.
struct VqganCardFacts {
  std::string command;  // without the user's folders
  std::string commit;   // of the trainer
  std::string sources;  // whose films, as the user named them; empty for all of the folder
  std::string validation_sources;
  std::size_t training_films = 0;
  std::string initial;  // file of the weights that training began with; empty for random ones
  VqganLogRow last;     // of all validation films
};

/// Markdown: data, network, recipe, quality, use and limits.
std::string vqgan_card(const VqganRecipe& recipe, const VqganCardFacts& facts);

}  // namespace veilray::train
