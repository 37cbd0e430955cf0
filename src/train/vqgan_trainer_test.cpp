#include "train/vqgan_trainer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(VqganTrainer, GoesOnFromACheckpointAsIfItHadNeverStopped) {
  const auto films = wave_films(2);
  const TestFolder folder;
  auto recipe = small_recipe(6);
  recipe.validate_every = 3;
  VqganTrainer whole(recipe, torch::kCPU);
  const auto save_at_three = [&](const VqganLogRow& row) -> Status {
    return row.step == 3 ? whole.save(folder.path()) : Done{};
  };
  ASSERT_TRUE(whole.train(films, films.slice(0, 0, 1), save_at_three, [] {}).ok());

  VqganTrainer resumed(recipe, torch::kCPU);
  ASSERT_TRUE(resumed.load(folder.path()).ok());
  EXPECT_EQ(resumed.step(), 3);
  ASSERT_TRUE(resumed.train(films, films.slice(0, 0, 1), nothing, [] {}).ok());
  EXPECT_EQ(resumed.weights().tensors, whole.weights().tensors);
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

  auto incomplete = first.weights();
  incomplete.tensors.erase("encoder.conv_in.weight");
  EXPECT_FALSE(second.begin_with(incomplete).ok());
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
