#include "train/classifier_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/file.h"
#include "base/test_folder.h"
#include "train/latent_batch.h"
#include "vision/png.h"

namespace veilray::train {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// A folder of films whose latent is their first pixel.
class ClassifierDataFolder : public testing::Test {
 protected:
  void film(const std::string& name, std::uint16_t grey) {
    vision::Image image;
    image.width = image.height = 256;
    image.samples.assign(image.pixels(), 128);
    std::fill(image.samples.begin(), image.samples.begin() + 64 * 256, grey);
    write_file(folder_ / name, vision::write_png(image)).value();
  }
  void table(const std::string& rows) {
    write_file(folder_ / "index.csv", as_bytes("file,labels,patient_id,split,dataset\n" + rows))
        .value();
  }
  DataOptions taught_by(const std::vector<std::string>& names) const {
    DataOptions options;
    for (const auto& name : names) options.teachers.push_back(folder_ / name);
    return options;
  }
  Result<ClassifierData> load(const ClassifierRecipe& recipe, DataOptions options = {}) {
    const vision::LatentSource source{"first pixel",
                                      [](const tensor::Tensor& pixels) -> Result<tensor::Tensor> {
                                        return tensor::Tensor{{1, 1, 1}, {pixels.data.front()}};
                                      }};
    SilentProgress progress;
    options.folder = folder_.path();
    options.cache = folder_ / "cache";
    return load_classifier_data(options, recipe, source, progress);
  }
  TestFolder folder_;
};

TEST_F(ClassifierDataFolder, GivesLatentsCopiesAndTargetsOfTheTeacher) {
  for (const char* name : {"a.png", "b.png", "c.png"}) film(name, name[0] == 'b' ? 255 : 0);
  table("a.png,Mass|Nodule,1,train,x\nb.png,,2,train,x\nc.png,Nodule,3,val,x\n");
  write_file(folder_ / "teacher.csv", as_bytes("Image,prob_Mass\na.jpg,0.5\nc.jpg,0.9\n")).value();
  ClassifierRecipe recipe;
  recipe.augmentation = {.copies = 2,
                         .rotation = 0,
                         .scale = 0,
                         .shift = 0,
                         .flip = 0,
                         .brightness = 0.3,
                         .contrast = 0};
  recipe.teacher_weight = 0.75;
  const auto data = load(recipe, taught_by({"teacher.csv"})).value();
  EXPECT_THAT(data.labels, ElementsAre("Mass", "Nodule"));
  ASSERT_THAT(data.examples.copies, SizeIs(3));
  EXPECT_THAT(data.examples.copies[0].data, ElementsAre(-1.0F, 1.0F));
  EXPECT_NE(data.examples.copies[1], data.examples.copies[2]);
  EXPECT_THAT(data.examples.targets.data, ElementsAre(0.625F, 1.0F, 0.0F, 0.0F));
  EXPECT_EQ(data.taught, 1U);
  EXPECT_THAT(data.validation, SizeIs(1));
  EXPECT_THAT(data.validation_latents.data, ElementsAre(-1.0F));
}

TEST_F(ClassifierDataFolder, LearnsFilmsWithoutLabelsFromTheFirstTeacherThatKnowsThem) {
  for (const char* name : {"a.png", "b.png", "c.png", "d.png"})
    film(name, name[0] == 'd' ? 255 : 0);
  table(
      "a.png,Mass,1,train,x\nb.png,Mass,2,val,x\nc.png,Cold,3,train,other\nd.png,Mass,4,train,"
      "other\n");
  write_file(folder_ / "one.csv", as_bytes("film,Mass\na.png,0.5\n")).value();
  write_file(folder_ / "two.csv", as_bytes("film,Mass\na.png,0.1\nc.png,0.25\n")).value();
  ClassifierRecipe recipe;
  recipe.augmentation.copies = 0;
  recipe.teacher_weight = 0.5;
  auto options = taught_by({"one.csv", "two.csv"});
  options.sources = {"x"};
  options.unlabelled = {"other"};
  const auto data = load(recipe, options).value();
  EXPECT_THAT(data.labels, ElementsAre("Mass"));
  EXPECT_THAT(data.training, SizeIs(2));
  EXPECT_EQ(data.labelled, 1U);
  EXPECT_EQ(data.taught, 2U);
  EXPECT_THAT(data.examples.targets.data, ElementsAre(0.75F, 0.25F));
  ASSERT_THAT(data.untaught, SizeIs(1));  // its own label is not asked for
  EXPECT_EQ(data.untaught[0].file.filename(), "d.png");
  EXPECT_THAT(data.untaught_latents.data, ElementsAre(1.0F));
  EXPECT_THAT(scores_of({{2, 1}, {0.0F, 0.0F}}, data.training, 0).truth, ElementsAre(1, -1));
}

TEST_F(ClassifierDataFolder, FailsIfUnlabelledFilmsAreLabelledOnesOrOfPatientsToValidateOn) {
  for (const char* name : {"a.png", "b.png", "c.png"}) film(name, 0);
  table("a.png,Mass,1,train,x\nb.png,Mass,2,val,x\nc.png,Cold,3,train,other\n");
  DataOptions options;
  options.unlabelled = {"other"};
  EXPECT_THAT(load({}, options).failure().line(), HasSubstr("--datasets"));
  options.sources = {"x", "other"};
  EXPECT_THAT(load({}, options).failure().line(), HasSubstr("labelled and unlabelled"));
  options.sources = {"x"};
  write_file(folder_ / "index.csv",
             as_bytes("file,labels,patient_id,split,dataset\na.png,Mass,1,train,x\n"
                      "b.png,Mass,2,val,x\nc.png,Cold,2,train,other\n"),
             {.overwrite = Overwrite::kReplace})
      .value();
  EXPECT_THAT(load({}, options).failure().line(), HasSubstr("patient 2 stands in two splits"));
}

TEST_F(ClassifierDataFolder, FailsWithoutFilmsOfBothSides) {
  film("a.png", 0);
  table("a.png,Mass,1,train,x\n");
  EXPECT_THAT(load({}).failure().line(), HasSubstr("no film to validate on"));
}

TEST(PatientFolds, HoldOutWholePatientsInPartsOfAboutEqualSize) {
  std::vector<dataset::Film> films;
  for (int i = 0; i < 90; ++i) {
    films.emplace_back().patient_id = std::to_string(i / 3);
  }
  const auto folds = patient_folds(films, 4, 1);
  std::map<std::string, std::size_t> of_patient;
  std::vector<int> size(4);
  for (std::size_t i = 0; i < films.size(); ++i) {
    EXPECT_EQ(of_patient.emplace(films[i].patient_id, folds[i]).first->second, folds[i]);
    ++size[folds[i]];
  }
  EXPECT_THAT(size, Each(testing::AllOf(testing::Ge(21), testing::Le(24))));
  EXPECT_NE(folds, patient_folds(films, 4, 2));
}

TEST(DrawEpoch, TakesEachRowOnce) {
  const std::vector<std::size_t> rows{3, 5, 7, 9, 11};
  const auto batches = draw_epoch(rows, 2, 1);
  ASSERT_THAT(batches, SizeIs(3));
  std::vector<std::size_t> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  EXPECT_THAT(all, testing::UnorderedElementsAreArray(rows));
  EXPECT_EQ(batches, draw_epoch(rows, 2, 1));
}

TEST(DrawBatch, MovesFilmsAndRepeatsTheirEdges) {
  const LabelledLatents examples{{{{1, 1, 1, 3}, {1, 2, 3}}}, {{1, 1}, {1}}};
  const std::vector<std::size_t> row{0};
  bool left = false, right = false, still = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto batch = draw_batch(examples, row, {.shift = 1}, seed);
    EXPECT_EQ(batch.latents.shape, (tensor::Shape{1, 1, 1, 3}));
    left = left || batch.latents.data == std::vector<float>{2, 3, 3};
    right = right || batch.latents.data == std::vector<float>{1, 1, 2};
    still = still || batch.latents.data == std::vector<float>{1, 2, 3};
  }
  EXPECT_TRUE(left && right && still);
}

TEST(DrawBatch, MixesTargetsAsItMixesFilms) {
  const LabelledLatents examples{{{{2, 1, 1, 1}, {0, 1}}}, {{2, 2}, {0, -1, 1, 1}}};
  const std::vector<std::size_t> rows{0, 1};
  const auto batch = draw_batch(examples, rows, {.mixup = 0.5}, 3);
  EXPECT_GT(batch.latents.data[0], 0.0F);
  EXPECT_LT(batch.latents.data[0], 0.5F);
  EXPECT_FLOAT_EQ(batch.targets.data[0], batch.latents.data[0]);
  EXPECT_FLOAT_EQ(batch.targets.data[2], batch.latents.data[1]);
  EXPECT_EQ(batch.targets.data[1], 1.0F);  // unknown: the other's
}

}  // namespace
}  // namespace veilray::train
