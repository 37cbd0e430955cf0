#include <gmock/gmock.h>

#include "dataset/dataset.h"
#include "dataset/folders_testing.h"

namespace veilray::dataset {
namespace {

using test::FilmFolder;
using test::line_of;
using testing::HasSubstr;
using enum LabelState;

constexpr const char* kChexpertHeader =
    "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,"
    "Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,"
    "Pleural Effusion,Pleural Other,Fracture,Support Devices\n";
constexpr const char* kTrain =
    "CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,,,,,,"
    ",,,0.0,,,,1.0\n"
    "CheXpert-v1.0-small/train/patient00001/study1/view2_lateral.jpg,Female,68,Lateral,,1.0,,,,,,"
    ",,,0.0,,,,1.0\n"
    "CheXpert-v1.0-small/train/patient00002/study1/view1_frontal.jpg,Male,41,Frontal,PA,,,-1.0,,,,"
    ",,,,1.0,,,\n";
constexpr const char* kValid =
    "CheXpert-v1.0-small/valid/patient64541/study1/view1_frontal.jpg,Male,73,Frontal,AP,0.0,1.0,1.0"
    ",1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n";

void fill_chexpert(FilmFolder& folder) {
  folder.write("train.csv", std::string(kChexpertHeader) + kTrain);
  folder.write("valid.csv", std::string(kChexpertHeader) + kValid);
  folder.write("train/patient00001/study1/view1_frontal.jpg");
  folder.write("train/patient00002/study1/view1_frontal.jpg");
  folder.write("valid/patient64541/study1/view1_frontal.jpg");
}

LabelState cardiomegaly_of_second(const FilmFolder& folder, Uncertainty policy) {
  const auto read = read_dataset(folder.path(), {.uncertainty = policy}).value();
  return read.films.at(1).labels.at(1);
}

TEST(CheXpert, GivesFrontalFilmsOfBothTables) {
  FilmFolder folder;
  fill_chexpert(folder);
  const auto read = read_dataset(folder.path()).value();
  EXPECT_EQ(read.layout, "CheXpert");
  ASSERT_EQ(read.labels.size(), 13U);
  EXPECT_EQ(read.laterals, 1U);
  ASSERT_EQ(read.films.size(), 3U);
  EXPECT_EQ(read.films[0].patient_id, "patient00001");
  EXPECT_EQ(read.films[0].view, "AP");
  EXPECT_EQ(read.films[0].labels[12], kPresent);
  EXPECT_EQ(read.films[1].labels[9], kPresent);
  EXPECT_EQ(read.films[0].split, Split::kTrain);
  EXPECT_EQ(read.films[2].split, Split::kValidation);
  EXPECT_EQ(read.films[2].labels[0], kPresent);
}

TEST(CheXpert, TreatsUncertaintyAsTold) {
  FilmFolder folder;
  fill_chexpert(folder);
  EXPECT_EQ(cardiomegaly_of_second(folder, Uncertainty::kZeros), kAbsent);
  EXPECT_EQ(cardiomegaly_of_second(folder, Uncertainty::kOnes), kPresent);
  EXPECT_EQ(cardiomegaly_of_second(folder, Uncertainty::kIgnore), kUnknown);
}

TEST(CheXpert, FindsFilmsUnderTheirPublishedNamesToo) {
  FilmFolder folder;
  folder.write("train.csv", std::string(kChexpertHeader) + kTrain);
  folder.write("CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg");
  folder.write("CheXpert-v1.0-small/train/patient00002/study1/view1_frontal.jpg");
  EXPECT_EQ(read_dataset(folder.path(), {.validation_share = 0.4}).value().films.size(), 2U);
}

TEST(CheXpert, PrefersTheLabelsOfVisualCheXbert) {
  FilmFolder folder;
  fill_chexpert(folder);
  std::string table = kTrain;
  table.replace(table.find("-1.0"), 4, "1.0");
  folder.write("train_visualCheXbert.csv", kChexpertHeader + table);
  EXPECT_EQ(cardiomegaly_of_second(folder, Uncertainty::kZeros), kPresent);
}

TEST(CheXpert, FailsIfAStateOrAColumnIsWrong) {
  FilmFolder folder;
  fill_chexpert(folder);
  std::string table = kTrain;
  table.replace(table.find("-1.0"), 4, "0.5");
  folder.write("train.csv", kChexpertHeader + table);
  EXPECT_THAT(line_of(read_dataset(folder.path())), HasSubstr("state: `0.5`"));
  folder.write("train.csv", "Path,Sex\n");
  EXPECT_THAT(line_of(read_dataset(folder.path())), HasSubstr("no column `Frontal/Lateral`"));
}

TEST(CheXpert, FailsIfAPatientStandsInTwoSplits) {
  FilmFolder folder;
  fill_chexpert(folder);
  std::string table = kValid;
  table.replace(table.find("patient64541"), 12, "patient00001");
  folder.write("valid.csv", kChexpertHeader + table);
  EXPECT_THAT(line_of(read_dataset(folder.path())),
              HasSubstr("patient patient00001 stands in two splits"));
}

}  // namespace
}  // namespace veilray::dataset
