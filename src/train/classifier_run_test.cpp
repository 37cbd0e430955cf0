#include "train/classifier_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/file.h"
#include "base/test_folder.h"
#include "dataset/probabilities.h"
#include "graph/architectures/registry.h"
#include "graph/classifier_record.h"
#include "graph/ranges.h"
#include "tensor/npy.h"
#include "train/latent_batch.h"
#include "vision/png.h"
#include "vision/preprocess.h"
#include "vision/vqgan/random_weights.h"
#include "vision/vqgan/test_networks.h"

namespace veilray::train {
namespace {

using testing::HasSubstr;

/// Ten films of waves, a VQGAN with random weights, and a recipe.
class ClassifierRunFolder : public testing::Test {
 protected:
  ClassifierRunFolder() {
    std::string table = "file,labels,patient_id,split\n";
    for (int i = 0; i < 10; ++i) {
      const auto name = std::to_string(i) + ".png";
      const auto wave = vision::vqgan::test::wave_image(256, 256, static_cast<std::uint64_t>(i));
      write(name, vision::write_png(vision::to_image(wave)));
      table += name + "," + (i % 2 == 0 ? "Mass" : "") + "," + std::to_string(i) + "," +
               (i < 6 ? "train\n" : "val\n");
    }
    write("index.csv", as_bytes(table));
    auto config = vision::vqgan::test::small_config(16, 256);
    config.attn_resolutions = {};  // of 128x128 positions it would take most of the test's time
    write("vqgan.json", as_bytes(vision::vqgan::write_config(config)));
    tensor::save_safetensors(folder_ / "vqgan.safetensors",
                             vision::vqgan::random_weights(config, 1))
        .value();
    write("recipe.json", as_bytes(R"({"folds": 2, "epochs": 2, "batch": 4,
                                      "augmentation": {"copies": 1}})"));
    run_ = {.recipe = folder_ / "recipe.json",
            .data = folder_.path(),
            .output = folder_ / "out",
            .vqgan = folder_ / "vqgan.safetensors",
            .vqgan_config = folder_ / "vqgan.json",
            .teachers = {},
            .initial = {},
            .cache = {},
            .sources = {},
            .unlabelled = {},
            .quiet = true};
  }
  void write(const std::string& name, std::span<const std::byte> bytes) {
    write_file(folder_ / name, bytes, {.overwrite = Overwrite::kReplace}).value();
  }
  std::string failure() {
    const auto status = run_classifier(run_, pool_, progress_);
    return status.ok() ? "" : status.failure().line();
  }
  TestFolder folder_;
  ClassifierRun run_;
  ThreadPool pool_{2};
  SilentProgress progress_;
};

TEST_F(ClassifierRunFolder, GivesWeightsAndARecordThatBelongTogether) {
  ASSERT_EQ(failure(), "");
  const auto record = graph::load_record(folder_ / "out/classifier.json").value();
  EXPECT_THAT(record.labels, testing::ElementsAre("Mass"));
  EXPECT_EQ(record.metrics.train_films, 6U);
  EXPECT_EQ(record.metrics.validation_films, 4U);
  EXPECT_EQ(record.ranges.size(), 4U);
  const auto weights = tensor::load_safetensors(folder_ / "out/weights.safetensors").value();
  EXPECT_TRUE(graph::build(record.architecture, weights).ok());
  for (const char* name : {"card.md", "metrics.csv", "curves.svg", "checkpoint"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / name)) << name;
  }
  const auto calibration = tensor::load_npy(folder_ / "out/calibration.npy").value();
  EXPECT_EQ(calibration.shape.at(0), 6);  // of the films it was trained on, sixteen at most
  // What the compiler is given stays within what it is told (but for rounding).
  std::vector<tensor::Tensor> inputs;
  const auto network = graph::build(record.architecture, weights).value();
  for (std::size_t i = 0; i < 6; ++i) {
    inputs.push_back(take_rows(calibration, std::array{i}));
    inputs.back().shape.erase(inputs.back().shape.begin());
  }
  EXPECT_THAT(graph::outside(record.ranges, graph::activation_ranges(network, inputs), 1e-3),
              testing::IsEmpty());

  EXPECT_THAT(failure(), HasSubstr("results already"));
  // Killed before the results were written: the checkpoint and the latents are there.
  std::filesystem::remove(folder_ / "out/classifier.json");
  EXPECT_EQ(failure(), "");
  EXPECT_EQ(tensor::load_safetensors(folder_ / "out/weights.safetensors").value().tensors,
            weights.tensors);
}

TEST_F(ClassifierRunFolder, TrainsOnPixelsAndTeachesAnother) {
  write("recipe.json", as_bytes(R"({"latent": "pixels", "size": 32, "folds": 2, "epochs": 1,
                                    "batch": 4, "augmentation": {"copies": 0}})"));
  EXPECT_THAT(failure(), HasSubstr("needs no VQGAN"));
  run_.vqgan.clear();
  run_.vqgan_config.clear();
  ASSERT_EQ(failure(), "");
  const auto record = graph::load_record(folder_ / "out/classifier.json").value();
  EXPECT_EQ(record.input, graph::InputForm::kPixels);
  EXPECT_EQ(record.architecture.in_channels, 1);
  EXPECT_EQ(record.architecture.size, 32);
  const auto told = dataset::read_probabilities(folder_ / "out/probabilities.csv").value();
  EXPECT_THAT(told.labels(), testing::ElementsAre("Mass"));
  EXPECT_EQ(told.size(), 10U);

  run_.teachers = {folder_ / "out/probabilities.csv"};
  run_.output = folder_ / "taught";
  ASSERT_EQ(failure(), "");
  const auto card = read_file(folder_ / "taught/card.md", 1 << 20).value();
  EXPECT_THAT(std::string(reinterpret_cast<const char*>(card.data()), card.size()),
              HasSubstr("Of 6 training films a teacher's probabilities were known"));
}

TEST_F(ClassifierRunFolder, NeedsAVqganForLatents) {
  run_.vqgan_config.clear();
  EXPECT_THAT(failure(), HasSubstr("needs its VQGAN"));
}

TEST_F(ClassifierRunFolder, NamesTheFileOfWeightsThatDoNotFitTheirConfig) {
  auto config = vision::vqgan::test::small_config(16, 256);
  config.num_res_blocks = 2;
  write("vqgan.json", as_bytes(vision::vqgan::write_config(config)));
  EXPECT_THAT(failure(), HasSubstr("vqgan.safetensors"));
}

TEST_F(ClassifierRunFolder, FailsBeforeItReadsFilmsWhereTheNetworkIsNotThere) {
  write("recipe.json", as_bytes(R"({"attention": "eye"})"));
  EXPECT_THAT(failure(), HasSubstr("eye"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/latents"));
}

}  // namespace
}  // namespace veilray::train
