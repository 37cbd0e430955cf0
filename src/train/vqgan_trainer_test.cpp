#include "train/vqgan_trainer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/file.h"
#include "base/test_folder.h"
#include "train/films.h"
#include "train/image_quality.h"
#include "vision/vqgan/test_networks.h"

namespace veilray::train {
namespace {

VqganRecipe small_recipe(std::int64_t steps) {
  VqganRecipe recipe;
  recipe.network = vision::vqgan::test::small_config(2, 32);
  recipe.network.attn_resolutions = {};
  recipe.network.embed_dim = 4;
  recipe.crop = 32;
  recipe.batch = 2;
  recipe.steps = steps;
  recipe.warmup_steps = 5;
  recipe.learning_rate = 2e-3;
  recipe.weight_average = 0.9;
  recipe.loss = {.l1 = 0.0, .l2 = 4.0, .gradients = 0.1};
  recipe.validate_every = 1000;
  return recipe;
}

VqganRecipe recipe_with_adversary(std::int64_t steps, std::int64_t start_step) {
  auto recipe = small_recipe(steps);
  recipe.loss.features = 0.02;
  recipe.adversary = {.start_step = start_step, .weight = 0.5, .channels = 4, .layers = 2};
  return recipe;
}

// Smooth films of 8-bit grey, [n, 64, 64].
torch::Tensor wave_films(std::int64_t n) {
  std::vector<torch::Tensor> films;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto wave =
        to_torch(vision::vqgan::test::wave_image(64, 64, static_cast<std::uint64_t>(i) + 1));
    films.push_back(((wave[0].clamp(-1.0, 1.0) + 1.0) * 127.5).to(torch::kUInt8));
  }
  return at::stack(films);
}

Status nothing(const VqganLogRow&) { return Done{}; }

double psnr_of_crops(const VqganTrainer& trainer, const torch::Tensor& films) {
  const auto crops = draw_crops(films, 8, 32, 99, torch::kCPU);
  return psnr(trainer.reconstruct(crops), crops).mean().item<double>();
}

TEST(VqganTrainer, LearnsToReconstruct) {
  const auto films = wave_films(4);
  VqganTrainer trainer(small_recipe(40), torch::kCPU);
  const double before = psnr_of_crops(trainer, films);
  std::vector<VqganLogRow> rows;
  ASSERT_TRUE(trainer
                  .train(
                      films, films.slice(0, 0, 1),
                      [&](const VqganLogRow& row) -> Status {
                        rows.push_back(row);
                        return Done{};
                      },
                      [] {})
                  .ok());
  ASSERT_EQ(rows.size(), 1U);  // the last step's
  EXPECT_EQ(rows[0].step, 40);
  EXPECT_EQ(rows[0].quality.films, 1);
  EXPECT_GT(rows[0].quality.codebook_use, 0.2);
  EXPECT_GT(psnr_of_crops(trainer, films), before + 3.0);
  EXPECT_EQ(trainer.progress(), 1.0);
  EXPECT_TRUE(vision::vqgan::check_weights(small_recipe(1).network, trainer.weights()).ok());
}

/// Trains at once and with a stop after half of the steps, and compares.
void expect_stopping_changes_nothing(VqganRecipe recipe) {
  const auto films = wave_films(2);
  const TestFolder folder;
  recipe.validate_every = recipe.steps / 2;
  VqganTrainer whole(recipe, torch::kCPU);
  const auto save_halfway = [&](const VqganLogRow& row) -> Status {
    return row.step == recipe.validate_every ? whole.save(folder.path()) : Done{};
  };
  ASSERT_TRUE(whole.train(films, films.slice(0, 0, 1), save_halfway, [] {}).ok());

  VqganTrainer resumed(recipe, torch::kCPU);
  ASSERT_TRUE(resumed.load(folder.path()).ok());
  EXPECT_EQ(resumed.step(), recipe.validate_every);
  ASSERT_TRUE(resumed.train(films, films.slice(0, 0, 1), nothing, [] {}).ok());
  EXPECT_EQ(resumed.weights().tensors, whole.weights().tensors);
}

TEST(VqganTrainer, GoesOnFromACheckpointAsIfItHadNeverStopped) {
  expect_stopping_changes_nothing(small_recipe(6));
}

TEST(VqganTrainer, GoesOnAgainstItsAdversaryAsIfItHadNeverStopped) {
  expect_stopping_changes_nothing(recipe_with_adversary(4, 1));  // which has learnt at the stop
  expect_stopping_changes_nothing(recipe_with_adversary(4, 3));  // or has not begun
}

TEST(VqganTrainer, MeetsItsAdversaryOnlyFromTheStepOfTheRecipe) {
  const auto films = wave_films(2);
  const auto rows_of = [&](VqganRecipe recipe) {
    recipe.validate_every = 1;
    VqganTrainer trainer(recipe, torch::kCPU);
    std::vector<VqganLogRow> rows;
    const auto report = [&](const VqganLogRow& row) -> Status {
      rows.push_back(row);
      return Done{};
    };
    EXPECT_TRUE(trainer.train(films, films.slice(0, 0, 1), report, [] {}).ok());
    return rows;
  };
  const auto rows = rows_of(recipe_with_adversary(3, 1));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_FALSE(rows[0].terms.adversary);
  for (const std::size_t i : {1, 2}) {
    const auto& terms = rows[i].terms;
    ASSERT_TRUE(terms.adversary);
    EXPECT_GT(terms.adversary->discriminator, 0.0);
    EXPECT_GT(terms.adversary->weight, 0.0);
    EXPECT_NEAR(terms.loss,
                terms.reconstruction + 0.25 * terms.commitment + 0.02 * terms.adversary->features +
                    terms.adversary->weight * terms.adversary->adversarial,
                1e-5);
  }
  // It changes what is learnt, from then on.
  const auto alone = rows_of(small_recipe(3));
  EXPECT_FALSE(alone[1].terms.adversary);
  EXPECT_EQ(rows[1].terms.reconstruction, alone[1].terms.reconstruction);
  EXPECT_NE(rows[2].terms.reconstruction, alone[2].terms.reconstruction);
}

TEST(VqganTrainer, FailsToGoOnWhereOnlyOneOfCheckpointAndRecipeHasAnAdversary) {
  const auto failure = [](const VqganRecipe& from, const VqganRecipe& to) {
    const TestFolder folder;
    EXPECT_TRUE(VqganTrainer(from, torch::kCPU).save(folder.path()).ok());
    const auto status = VqganTrainer(to, torch::kCPU).load(folder.path());
    return status.ok() ? "" : status.failure().line();
  };
  const auto plain = small_recipe(1), against = recipe_with_adversary(1, 0);
  EXPECT_THAT(failure(plain, against), testing::HasSubstr("and the checkpoint has none"));
  EXPECT_THAT(failure(against, plain), testing::HasSubstr("and the recipe has none"));
  EXPECT_EQ(failure(against, against), "");
  auto wider = against;
  wider.adversary->channels = 8;
  EXPECT_THAT(failure(against, wider), testing::HasSubstr("another network's: adversary/0"));
}

TEST(VqganTrainer, FailsToGoOnFromAnotherNetworksCheckpoint) {
  const TestFolder folder;
  ASSERT_TRUE(VqganTrainer(small_recipe(1), torch::kCPU).save(folder.path()).ok());
  auto other = small_recipe(1);
  other.network.n_embed = 32;
  const auto status = VqganTrainer(other, torch::kCPU).load(folder.path());
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.failure().line(), testing::HasSubstr("another network's"));
}

TEST(VqganTrainer, FailsInOneLineOverADamagedCheckpoint) {
  const TestFolder folder;
  ASSERT_TRUE(VqganTrainer(small_recipe(1), torch::kCPU).save(folder.path()).ok());
  const auto optimizer = folder.path() / "optimizer.pt";
  ASSERT_TRUE(
      write_file(optimizer, as_bytes("no optimiser"), {.overwrite = Overwrite::kReplace}).ok());
  const auto status = VqganTrainer(small_recipe(1), torch::kCPU).load(folder.path());
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.failure().line(), testing::HasSubstr("optimiser cannot be read"));
}

TEST(VqganTrainer, BeginsWithTheWeightsThatItIsGiven) {
  const auto films = wave_films(2);
  VqganTrainer first(small_recipe(30), torch::kCPU);
  ASSERT_TRUE(first.train(films, films.slice(0, 0, 1), nothing, [] {}).ok());
  auto timid = small_recipe(1);  // so that what moves is the codes, if anything does
  timid.learning_rate = 1e-6;
  VqganTrainer second(timid, torch::kCPU);
  ASSERT_TRUE(second.begin_with(first.weights()).ok());
  EXPECT_EQ(second.weights().tensors, first.weights().tensors);
  const double before = psnr_of_crops(second, films);
  ASSERT_TRUE(second.train(films, films.slice(0, 0, 1), nothing, [] {}).ok());
  EXPECT_NEAR(psnr_of_crops(second, films), before, 0.5);
}

TEST(VqganTrainer, BeginsWithWhatFitsOfAnotherNetwork) {
  constexpr const char* kMissing = "encoder.conv_in.weight";
  constexpr const char* kThere = "decoder.conv_in.weight";
  auto recipe = small_recipe(1);
  const auto given = VqganTrainer(recipe, torch::kCPU).weights();
  recipe.seed += 1;
  const auto random = VqganTrainer(recipe, torch::kCPU).weights();
  VqganTrainer trainer(recipe, torch::kCPU);
  auto incomplete = given;
  incomplete.tensors.erase(kMissing);
  ASSERT_TRUE(trainer.begin_with(incomplete).ok());
  EXPECT_EQ(trainer.weights().tensors.at(kThere), given.tensors.at(kThere));
  EXPECT_EQ(trainer.weights().tensors.at(kMissing), random.tensors.at(kMissing));
  EXPECT_NE(random.tensors.at(kMissing), given.tensors.at(kMissing));
  EXPECT_NE(random.tensors.at(kThere), given.tensors.at(kThere));

  auto spoilt = given;
  spoilt.tensors.at(kThere).data.back() = std::numeric_limits<float>::quiet_NaN();
  const auto not_finite = trainer.begin_with(spoilt);
  ASSERT_FALSE(not_finite.ok());
  EXPECT_THAT(not_finite.failure().line(), testing::HasSubstr(kThere));
  const auto refused = trainer.begin_with({});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.failure().line(), testing::HasSubstr("only 0 of the network's"));
}

TEST(VqganTrainer, StopsWhenItsReportFails) {
  const auto films = wave_films(1);
  VqganTrainer trainer(small_recipe(1), torch::kCPU);
  const auto status = trainer.train(
      films, films,
      [](const VqganLogRow&) -> Status { return Failure{ErrorCode::kIo, "the disk is full"}; },
      [] {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.failure().what, "the disk is full");
}

}  // namespace
}  // namespace veilray::train
