#include "train/vqgan_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace veilray::train {
namespace {

using testing::HasSubstr;

TEST(VqganCard, TellsDataRecipeAndQuality) {
  VqganRecipe recipe;
  recipe.network = vision::vqgan::published_config(4, 32);
  recipe.loss.l2 = 2.5;
  recipe.attribution = "From a friendly hospital.";
  VqganCardFacts facts{.command = "veilray-train vqgan -o x",
                       .commit = "abc",
                       .sources = "one, two",
                       .validation_sources = "",
                       .training_films = 12,
                       .initial = "old.safetensors",
                       .last = {.step = 34, .minutes = 5.6, .quality = {7, 31.234, 0.8765, 0.5}}};
  const auto card = vqgan_card(recipe, facts);
  EXPECT_THAT(card, HasSubstr("256 x 256 becomes a latent of 3 x 64 x 64"));
  EXPECT_THAT(card, HasSubstr("12 films to train on (one, two), 7 for validation (one, two)"));
  EXPECT_THAT(card, HasSubstr("From a friendly hospital."));
  EXPECT_THAT(card, HasSubstr("`veilray-train vqgan -o x`, of commit abc: 34 steps"));
  EXPECT_THAT(card, HasSubstr("beginning with old.safetensors"));
  EXPECT_THAT(card, HasSubstr("2.5 mean squared error"));
  EXPECT_THAT(card, HasSubstr("PSNR 31.23 dB, SSIM 0.8765"));
  EXPECT_THAT(card, HasSubstr("50.0 % of the codes"));
  EXPECT_THAT(card, HasSubstr("Not a medical device"));

  facts.validation_sources = "three";
  EXPECT_THAT(vqgan_card(recipe, facts), HasSubstr("7 for validation (three)"));
}

TEST(VqganLog, HasAValueForEachColumn) {
  const auto commas = [](std::string_view line) {
    return std::count(line.begin(), line.end(), ',');
  };
  EXPECT_EQ(commas(log_head()), commas(log_line({.step = 3, .quality = {1, 30.0, 0.9, 0.5}})));
  EXPECT_THAT(log_line({.step = 3, .quality = {1, 30.25, 0.9, 0.5}}),
              testing::AllOf(testing::StartsWith("3,"), HasSubstr(",30.250,0.9000,0.5000\n")));
}

}  // namespace
}  // namespace veilray::train
