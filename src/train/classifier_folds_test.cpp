#include "train/classifier_folds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/test_folder.h"
#include "graph/interpret.h"
#include "metrics/ranking.h"
#include "train/classifier_results.h"

namespace veilray::train {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kSeed = 5;
const graph::ArchitectureSpec kSpec{.name = "hefnet", .in_channels = 2, .size = 16};

/// Noise, brighter in one corner of channel `label` where the finding is present.
tensor::Tensor planted(const std::vector<dataset::Film>& films, std::mt19937_64& bits) {
  std::normal_distribution<float> normal;
  tensor::Tensor latents{{static_cast<std::int64_t>(films.size()), 2, 16, 16}, {}};
  for (const auto& film : films) {
    for (std::size_t channel = 0; channel < 2; ++channel) {
      const bool present = film.labels[channel] == dataset::LabelState::kPresent;
      for (std::size_t i = 0; i < 256; ++i) {
        const bool corner = i / 16 < 8 && i % 16 < 8;
        latents.data.push_back(normal(bits) + (present && corner ? 1.0F : 0.0F));
      }
    }
  }
  return latents;
}

std::vector<dataset::Film> draw_films(std::size_t count, std::mt19937_64& bits) {
  std::vector<dataset::Film> films;
  for (std::size_t i = 0; i < count; ++i) {
    dataset::Film film;
    film.patient_id = std::to_string(i);
    for (int label = 0; label < 2; ++label) {
      film.labels.push_back(bits() % 3 == 0 ? dataset::LabelState::kPresent
                                            : dataset::LabelState::kAbsent);
    }
    films.push_back(film);
  }
  return films;
}

ClassifierData planted_data() {
  std::mt19937_64 bits(kSeed);
  ClassifierData data;
  data.labels = {"one", "two"};
  data.training = draw_films(150, bits);
  data.validation = draw_films(60, bits);
  data.examples.copies = {planted(data.training, bits), planted(data.training, bits)};
  data.examples.targets = {{150, 2}, {}};
  for (const auto& film : data.training) {
    for (const auto state : film.labels) {
      data.examples.targets.data.push_back(static_cast<float>(state));
    }
  }
  data.validation_latents = planted(data.validation, bits);
  return data;
}

ClassifierRecipe small_recipe(std::int64_t epochs) {
  ClassifierRecipe recipe;
  recipe.folds = 2;
  recipe.epochs = epochs;
  recipe.batch = 25;
  recipe.learning_rate = 3e-3;
  recipe.warmup_epochs = 0.5;
  recipe.latent_shift = 1;
  recipe.seed = kSeed;
  return recipe;
}

Status nothing(const ClassifierLogRow&) { return Done{}; }

class PlantedSignal : public testing::Test {
 protected:
  PlantedSignal() { use_one_thread_each(); }
  const ClassifierData data_ = planted_data();
  ThreadPool pool_{2};
  const testing::ScopedTrace trace_{__FILE__, __LINE__, testing::Message() << "seed " << kSeed};

  ClassifierFolds make(const ClassifierRecipe& recipe) {
    return ClassifierFolds::create(kSpec, recipe, data_, pool_).value();
  }
};

TEST_F(PlantedSignal, IsLearntAndTheWeightsRunInTheProgramsOwnInterpreter) {
  auto folds = make(small_recipe(6));
  std::vector<ClassifierLogRow> rows;
  ASSERT_TRUE(folds
                  .train([&](const auto& row) -> Status {
                    rows.push_back(row);
                    return Done{};
                  })
                  .ok());
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_LT(rows.back().final.loss, rows.front().final.loss);
  EXPECT_GT(folds.chosen().fold_auroc, 0.9);
  EXPECT_GE(folds.chosen().epoch, 1);

  const auto& weights = folds.chosen().weights;
  const auto evaluation = evaluate_classifier(kSpec, weights, data_.validation_latents).value();
  EXPECT_GT(metrics::macro_auroc(all_scores(evaluation.logits, data_.validation)).value(), 0.9);

  const auto graph = graph::build(kSpec, weights).value();
  for (std::size_t film = 0; film < 3; ++film) {
    const auto begin =
        data_.validation_latents.data.begin() + static_cast<std::ptrdiff_t>(film * 512);
    const auto logits = graph::run(graph, {{2, 16, 16}, {begin, begin + 512}});
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_NEAR(logits.data[i], evaluation.logits.data[film * 2 + i], 1e-4);
    }
  }

  // What the record and the card say of it.
  graph::ClassifierRecord record{.labels = data_.labels,
                                 .architecture = kSpec,
                                 .vqgan = std::string(64, '0'),
                                 .metrics = {},
                                 .readings = choose_readings(data_, folds.chosen().fold_logits),
                                 .ranges = evaluation.ranges};
  record.metrics = measure(data_, evaluation.logits, record.readings);
  EXPECT_GT(record.metrics.macro_auroc.value(), 0.9);
  EXPECT_LE(record.metrics.macro_ci->first, record.metrics.macro_auroc.value());
  EXPECT_GT(record.metrics.labels.at(1).f1, 0.7);
  EXPECT_EQ(record.ranges.size(), 4U);
  EXPECT_EQ(graph::parse_record(as_bytes(graph::to_json(record))).value().labels, data_.labels);
  const auto card =
      write_card(record, data_, folds.chosen(), small_recipe(6), {"planted", "the command", "{}"});
  EXPECT_THAT(card, HasSubstr("the command"));
  EXPECT_THAT(card, HasSubstr("150 films of 150 patients"));
  EXPECT_THAT(card, HasSubstr("| two | "));
}

TEST_F(PlantedSignal, GoesOnFromACheckpointAsIfTrainingHadNeverStoppedOnAnyNumberOfThreads) {
  const TestFolder folder;
  const auto recipe = small_recipe(4);
  auto whole = make(recipe);
  ASSERT_TRUE(whole
                  .train([&](const auto& row) -> Status {
                    return row.epoch == 2 ? whole.save(folder.path()) : Done{};
                  })
                  .ok());

  ThreadPool one(1);
  auto resumed = ClassifierFolds::create(kSpec, recipe, data_, one).value();
  ASSERT_TRUE(resumed.load(folder.path()).ok());
  EXPECT_EQ(resumed.epoch(), 2);
  ASSERT_TRUE(resumed.train(nothing).ok());
  EXPECT_EQ(resumed.chosen().epoch, whole.chosen().epoch);
  EXPECT_EQ(resumed.chosen().weights.tensors, whole.chosen().weights.tensors);
  EXPECT_EQ(resumed.chosen().fold_logits, whole.chosen().fold_logits);
}

TEST_F(PlantedSignal, KeepsOneActivationUnderItsFourNames) {
  auto folds = make(small_recipe(1));
  ASSERT_TRUE(folds.train(nothing).ok());
  const auto& tensors = folds.chosen().weights.tensors;
  EXPECT_EQ(tensors.at("relu1.alpha"), tensors.at("relu4.alpha"));
  EXPECT_NE(tensors.at("relu1.alpha").data.front(), static_cast<float>(0.1995));
}

TEST_F(PlantedSignal, IsLearntWithSqueezeAndExcitation) {
  auto spec = kSpec;
  spec.attention = "se";
  auto folds = ClassifierFolds::create(spec, small_recipe(4), data_, pool_).value();
  ASSERT_TRUE(folds.train(nothing).ok());
  EXPECT_GT(folds.chosen().fold_auroc, 0.85);
  const auto with =
      evaluate_classifier(spec, folds.chosen().weights, data_.validation_latents).value();
  EXPECT_EQ(with.ranges.size(), 6U);  // four activations, and two in the gate
}

TEST_F(PlantedSignal, FailsToGoOnFromACheckpointOfOtherFilms) {
  const TestFolder folder;
  auto folds = make(small_recipe(1));
  ASSERT_TRUE(folds.train(nothing).ok());
  ASSERT_TRUE(folds.save(folder.path()).ok());
  auto other = planted_data();
  other.training.pop_back();
  auto resumed = ClassifierFolds::create(kSpec, small_recipe(1), other, pool_).value();
  EXPECT_THAT(resumed.load(folder.path()).failure().line(), HasSubstr("other films"));
}

TEST_F(PlantedSignal, FailsWhereThereAreFewerPatientsThanFolds) {
  auto few = planted_data();
  for (auto& film : few.training) film.patient_id = "the same";
  const auto folds = ClassifierFolds::create(kSpec, small_recipe(1), few, pool_);
  ASSERT_FALSE(folds.ok());
  EXPECT_THAT(folds.failure().line(), HasSubstr("fewer patients than folds"));
}

TEST_F(PlantedSignal, FailsInOneLineWhereTrainingExplodes) {
  auto wild = planted_data();
  wild.examples.copies[1].data.front() = 3e38F;  // its square is infinite
  auto folds = ClassifierFolds::create(kSpec, small_recipe(3), wild, pool_).value();
  const auto status = folds.train(nothing);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.failure().line(), HasSubstr("exploded"));
}

}  // namespace
}  // namespace veilray::train
