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

  EXPECT_THAT(card, HasSubstr("no perceptual and no adversarial term"));
  EXPECT_THAT(card, testing::Not(HasSubstr("iscriminator")));

  facts.validation_sources = "three";
  EXPECT_THAT(vqgan_card(recipe, facts), HasSubstr("7 for validation (three)"));
}

TEST(VqganCard, TellsOfAnAdversary) {
  VqganRecipe recipe;
  recipe.network = vision::vqgan::published_config(8, 32);
  recipe.loss.features = 0.07;
  recipe.adversary = {.start_step = 400, .weight = 0.3, .channels = 24, .layers = 2};
  const auto card = vqgan_card(recipe, {});
  EXPECT_THAT(card,
              HasSubstr("from step 400 on also 0.07 distance in the discriminator's features, "
                        "which stands in for a perceptual term"));
  EXPECT_THAT(card, HasSubstr("0.3 times the adaptive weight"));
  EXPECT_THAT(card, HasSubstr("PatchGAN of 2 layers of stride 2, 24 channels"));
  EXPECT_THAT(card, testing::Not(HasSubstr("no perceptual")));
}

TEST(VqganLog, HasAValueForEachColumn) {
  const auto commas = [](std::string_view line) {
    return std::count(line.begin(), line.end(), ',');
  };
  VqganLogRow row{.step = 3, .quality = {1, 30.25, 0.9, 0.5}};
  for (const auto columns : {VqganColumns::kPlain, VqganColumns::kAdversarial}) {
    EXPECT_EQ(commas(log_head(columns)), commas(log_line(row, columns)));
    EXPECT_THAT(log_line(row, columns),
                testing::AllOf(testing::StartsWith("3,"), HasSubstr(",30.250,0.9000,0.5000\n")));
  }
  EXPECT_THAT(log_head(VqganColumns::kPlain), testing::Not(HasSubstr("advers")));
  EXPECT_THAT(log_line(row, VqganColumns::kAdversarial), HasSubstr(",,,,,1,30.250"));
  row.terms.adversary = {-0.5, 0.25, 12.0, 0.75};
  EXPECT_EQ(commas(log_head(VqganColumns::kAdversarial)),
            commas(log_line(row, VqganColumns::kAdversarial)));
  EXPECT_THAT(log_line(row, VqganColumns::kAdversarial),
              HasSubstr(",-0.50000,0.25000,12,0.75000,1,30.250"));
}

TEST(MeanTerms, AreOverAllStepsAndThoseOfTheAdversaryOverItsOwn) {
  MeanTerms terms;
  EXPECT_EQ(terms.mean().loss, 0.0);
  terms.add({.loss = 1.0, .reconstruction = 3.0, .commitment = 5.0});
  EXPECT_FALSE(terms.mean().adversary);
  terms.add({2.0, 4.0, 6.0, AdversaryTerms{1.0, 2.0, 3.0, 4.0}});
  terms.add({3.0, 5.0, 7.0, AdversaryTerms{3.0, 4.0, 5.0, 6.0}});
  const auto mean = terms.mean();
  EXPECT_EQ(mean.loss, 2.0);
  EXPECT_EQ(mean.reconstruction, 4.0);
  EXPECT_EQ(mean.commitment, 6.0);
  ASSERT_TRUE(mean.adversary);
  EXPECT_EQ(mean.adversary->adversarial, 2.0);
  EXPECT_EQ(mean.adversary->features, 3.0);
  EXPECT_EQ(mean.adversary->weight, 4.0);
  EXPECT_EQ(mean.adversary->discriminator, 5.0);
}

}  // namespace
}  // namespace veilray::train
