#include "train/classifier_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/test_folder.h"

namespace veilray::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string failure_of(const std::string& json) {
  const auto recipe = parse_classifier_recipe(json);
  return recipe.ok() ? "" : recipe.failure().line();
}

TEST(ClassifierRecipe, TakesWhatIsThereAndKeepsDefaultsElsewhere) {
  const auto recipe = parse_classifier_recipe(
                          R"({"about": "x", "latent": "quantised", "epochs": 7, "seed": 9,
                              "activation": {"start": [0.1, 1, -0.5], "range": 4},
                              "augmentation": {"copies": 0}})")
                          .value();
  EXPECT_EQ(recipe.architecture, "hefnet");
  EXPECT_EQ(recipe.latent, graph::InputForm::kQuantisedLatent);
  EXPECT_EQ(recipe.epochs, 7);
  EXPECT_EQ(recipe.seed, 9U);
  EXPECT_THAT(recipe.activation.start, ElementsAre(0.1, 1.0, -0.5));
  EXPECT_EQ(recipe.activation.range, 4.0);
  EXPECT_EQ(recipe.activation.penalty, ActivationRecipe{}.penalty);
  EXPECT_EQ(recipe.augmentation.copies, 0);
  EXPECT_EQ(recipe.batch, ClassifierRecipe{}.batch);
}

TEST(ClassifierRecipe, TakesPixelsOfASizeThatDividesTheFilm) {
  const auto recipe = parse_classifier_recipe(R"({"latent": "pixels", "size": 128})").value();
  EXPECT_EQ(recipe.latent, graph::InputForm::kPixels);
  EXPECT_EQ(recipe.size, 128);
  EXPECT_THAT(failure_of(R"({"latent": "pixels", "size": 96})"), HasSubstr("does not divide"));
  EXPECT_THAT(failure_of(R"({"size": 64})"), HasSubstr("unknown key: size"));
}

TEST(ClassifierRecipe, FailsNamingTheKeyThatIsWrong) {
  EXPECT_THAT(failure_of(R"({"epoch": 12})"), HasSubstr("unknown key: epoch"));
  EXPECT_THAT(failure_of(R"({"activation": {"gamma": 1}})"),
              HasSubstr("unknown key: activation.gamma"));
  EXPECT_THAT(failure_of(R"({"activation": {"start": [1, 2]}})"), HasSubstr("activation.start"));
  EXPECT_THAT(failure_of(R"({"activation": {"start": [1, 2, 99]}})"),
              HasSubstr("not three numbers"));
  EXPECT_THAT(failure_of(R"({"augmentation": {"flip": 1.5}})"), HasSubstr("augmentation.flip"));
  EXPECT_THAT(failure_of(R"({"latent": "cooked"})"), HasSubstr("use raw, quantised or pixels"));
  EXPECT_THAT(failure_of(R"({"folds": 1})"), HasSubstr("folds: use 2 to"));
  EXPECT_THAT(failure_of(R"({"batch": 2.5})"), HasSubstr("not a whole number: batch"));
  EXPECT_THAT(failure_of("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(failure_of("{"), HasSubstr("not JSON"));
}

TEST(ClassifierRecipe, FailsNamingItsFile) {
  const TestFolder folder;
  std::ofstream(folder / "recipe.json") << R"({"epochs": 0})";
  EXPECT_THAT(load_classifier_recipe(folder / "recipe.json").failure().line(),
              HasSubstr("recipe.json, epochs"));
}

TEST(ClassifierRecipe, ReadsThoseOfTheProject) {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(VEILRAY_CONFIGS)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("classifier") && !name.starts_with("quick")) continue;
    const auto recipe = load_classifier_recipe(entry.path());
    EXPECT_TRUE(recipe.ok()) << recipe.failure().line();
    ++found;
  }
  EXPECT_GT(found, 0U);
}

}  // namespace
}  // namespace veilray::train
