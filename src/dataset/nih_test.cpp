#include <gmock/gmock.h>

#include "dataset/dataset.h"
#include "dataset/folders_testing.h"

namespace veilray::dataset {
namespace {

using test::FilmFolder;
using test::line_of;
using testing::HasSubstr;

constexpr const char* kTable =
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n"
    "00000001_000.png,Cardiomegaly,0,1,058Y,M,PA,2682,2749,0.143,0.143,\n"
    "00000001_001.png,Cardiomegaly|Pleural_Thickening,1,1,058Y,M,PA,2894,2729,0.143,0.143,\n"
    "00000002_000.png,No Finding,0,2,081Y,M,AP,2500,2048,0.171,0.171,\n";

/// As NIH's archives unpack, the last film turned into a JPEG.
void fill_nih(FilmFolder& folder, const std::string& table = kTable) {
  folder.write("Data_Entry_2017_v2020.csv", table);
  folder.write("images_001/images/00000001_000.png");
  folder.write("images_001/images/00000001_001.png");
  folder.write("images_002/images/00000002_000.jpg");
  folder.write("train_val_list.txt", "00000001_000.png\n00000001_001.png");
  folder.write("test_list.txt", "00000002_000.png\r\n");
}

TEST(Nih, GivesFilmsOfItsArchives) {
  FilmFolder folder;
  fill_nih(folder);
  const auto read = read_dataset(folder.path()).value();
  EXPECT_EQ(read.layout, "NIH");
  ASSERT_EQ(read.labels.size(), 14U);
  EXPECT_EQ(read.labels[1], "Cardiomegaly");
  ASSERT_EQ(read.films.size(), 3U);
  EXPECT_EQ(read.films[1].labels[1], LabelState::kPresent);
  EXPECT_EQ(read.films[1].labels[12], LabelState::kPresent);
  EXPECT_EQ(read.films[0].labels[12], LabelState::kAbsent);
  EXPECT_EQ(read.films[0].split, Split::kTrain);
  EXPECT_EQ(read.films[2].split, Split::kValidation);
  EXPECT_EQ(read.films[2].file, folder.path() / "images_002/images/00000002_000.jpg");
  EXPECT_EQ(read.films[2].patient_id, "2");
  EXPECT_EQ(read.films[2].view, "AP");
  EXPECT_EQ(read.films[2].source, "nih");
}

TEST(Nih, IsReadOnlyWhereNoIndexStands) {
  FilmFolder folder;
  fill_nih(folder);
  folder.write("index.csv", "file,labels,patient_id\nimages_001/images/00000001_000.png,Mass,9\n");
  EXPECT_EQ(read_dataset(folder.path()).value().layout, "index.csv");
}

TEST(Nih, PrefersTheNewestTable) {
  FilmFolder folder;
  fill_nih(folder);
  folder.write("Data_Entry_2017.csv", "broken\n");
  EXPECT_TRUE(read_dataset(folder.path()).ok());
}

TEST(Nih, FailsIfAFilmStandsInNoSplitOrInBoth) {
  FilmFolder folder;
  fill_nih(folder);
  folder.write("test_list.txt", "other.png\n");
  EXPECT_THAT(line_of(read_dataset(folder.path())), HasSubstr("00000002_000.png stands in no"));
  folder.write("test_list.txt", "00000001_000.png\n00000002_000.png\n");
  EXPECT_THAT(line_of(read_dataset(folder.path())), HasSubstr("00000001_000.png stands in two"));
  folder.write("test_list.txt", "00000001_001.png\n00000002_000.png\n");
  folder.write("train_val_list.txt", "00000001_000.png\n");
  EXPECT_THAT(line_of(read_dataset(folder.path())), HasSubstr("patient 1 stands in two splits"));
}

TEST(Nih, FailsIfOnlyOneListIsThere) {
  FilmFolder folder;
  fill_nih(folder);
  std::filesystem::remove(folder.path() / "test_list.txt");
  EXPECT_THAT(line_of(read_dataset(folder.path())), HasSubstr("test_list.txt"));
}

TEST(Nih, DrawsASplitWithoutLists) {
  FilmFolder folder;
  fill_nih(folder);
  std::filesystem::remove(folder.path() / "test_list.txt");
  std::filesystem::remove(folder.path() / "train_val_list.txt");
  const auto read = read_dataset(folder.path(), {.validation_share = 0.1}).value();
  EXPECT_FALSE(read.of(Split::kValidation).empty());
  EXPECT_FALSE(read.of(Split::kTrain).empty());
}

TEST(Nih, FailsIfALabelIsUnknown) {
  FilmFolder folder;
  fill_nih(folder, std::string(kTable) + "00000003_000.png,Mas,0,3,0,M,PA,1,1,1,1,\n");
  folder.write("test_list.txt", "00000002_000.png\n00000003_000.png\n");
  EXPECT_THAT(line_of(read_dataset(folder.path())), HasSubstr("unknown label `Mas`"));
}

}  // namespace
}  // namespace veilray::dataset
