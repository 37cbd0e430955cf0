#include "train/vqgan_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/test_folder.h"

namespace veilray::train {
namespace {

using testing::HasSubstr;

std::string with(const std::string& fields) {
  return R"({"vqgan": )" + vision::vqgan::write_config(vision::vqgan::published_config(8, 32)) +
         fields + "}";
}

std::string failure_of(const std::string& json) {
  const auto recipe = parse_vqgan_recipe(json);
  return recipe.ok() ? "" : recipe.failure().line();
}

TEST(VqganRecipe, TakesWhatIsThereAndKeepsDefaultsElsewhere) {
  const auto recipe =
      parse_vqgan_recipe(with(R"(, "steps": 12, "loss": {"l2": 4.5}, "bfloat16": true)")).value();
  EXPECT_EQ(recipe.network, vision::vqgan::published_config(8, 32));
  EXPECT_EQ(recipe.steps, 12);
  EXPECT_EQ(recipe.loss.l2, 4.5);
  EXPECT_EQ(recipe.loss.commitment, VqganLossWeights{}.commitment);
  EXPECT_TRUE(recipe.bfloat16);
  EXPECT_EQ(recipe.crop, VqganRecipe{}.crop);
}

TEST(VqganRecipe, FailsNamingTheKeyThatIsWrong) {
  EXPECT_THAT(failure_of(with(R"(, "stpes": 12)")), HasSubstr("unknown key: stpes"));
  EXPECT_THAT(failure_of(with(R"(, "loss": {"l3": 1})")), HasSubstr("unknown key: loss.l3"));
  EXPECT_THAT(failure_of(with(R"(, "steps": 0.5)")), HasSubstr("not a whole number: steps"));
  EXPECT_THAT(failure_of(with(R"(, "steps": 0)")), HasSubstr("steps: use 1 to"));
  EXPECT_THAT(failure_of(with(R"(, "learning_rate": "fast")")), HasSubstr("learning_rate"));
  EXPECT_THAT(failure_of(with(R"(, "crop": 100)")), HasSubstr("crop: use a multiple of"));
  EXPECT_THAT(failure_of("{}"), HasSubstr("the network is missing: vqgan"));
  EXPECT_THAT(failure_of("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(failure_of("{"), HasSubstr("not JSON"));
  EXPECT_THAT(failure_of(R"({"vqgan": {"ddconfig": {}}})"), HasSubstr("double_z"));
}

TEST(VqganRecipe, HasAnAdversaryWhereItIsAskedFor) {
  EXPECT_FALSE(parse_vqgan_recipe(with("")).value().adversary);
  const auto recipe =
      parse_vqgan_recipe(with(R"(, "loss": {"features": 0.1}, "adversary": {"start_step": 7})"))
          .value();
  ASSERT_TRUE(recipe.adversary);
  EXPECT_EQ(recipe.adversary->start_step, 7);
  EXPECT_EQ(recipe.adversary->layers, AdversaryRecipe{}.layers);
  EXPECT_EQ(recipe.loss.features, 0.1);
}

TEST(VqganRecipe, FailsNamingWhatIsWrongWithItsAdversary) {
  EXPECT_THAT(failure_of(with(R"(, "adversary": {"start": 7})")),
              HasSubstr("unknown key: adversary.start"));
  EXPECT_THAT(failure_of(with(R"(, "adversary": true)")),
              HasSubstr("not a JSON object: adversary"));
  EXPECT_THAT(failure_of(with(R"(, "adversary": {"weight": -1})")), HasSubstr("adversary.weight"));
  EXPECT_THAT(failure_of(with(R"(, "adversary": {"layers": 5}, "crop": 64)")),
              HasSubstr("adversary.layers: use fewer, or crops of at least 96"));
  EXPECT_THAT(failure_of(with(R"(, "loss": {"features": 1})")),
              HasSubstr("without an adversary?: loss.features"));
}

TEST(VqganRecipe, FailsNamingItsFile) {
  const TestFolder folder;
  const auto path = folder.path() / "recipe.json";
  std::ofstream(path) << with(R"(, "batch": -1)");
  EXPECT_THAT(load_vqgan_recipe(path).failure().line(), HasSubstr("recipe.json, batch"));
}

TEST(VqganRecipe, MayStandBesideAClassifiersInOneFile) {
  const TestFolder folder;
  const auto path = folder.path() / "both.json";
  std::ofstream(path) << R"({"about": "", "train_classifier": {}, "train_vqgan": )"
                      << with(R"(, "batch": 3)") << "}";
  EXPECT_EQ(load_vqgan_recipe(path).value().batch, 3);
  std::ofstream(path) << R"({"train_vqgan": {"stpes": 12}})";
  EXPECT_THAT(load_vqgan_recipe(path).failure().line(), HasSubstr("both.json, train_vqgan"));
}

TEST(VqganRecipe, ReadsThoseOfTheProject) {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(VEILRAY_CONFIGS)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("vqgan") && !name.starts_with("quick")) continue;
    ++found;
    const auto recipe = load_vqgan_recipe(entry.path());
    EXPECT_TRUE(recipe.ok()) << recipe.failure().line();
  }
  EXPECT_GT(found, 0U);
}

}  // namespace
}  // namespace veilray::train
