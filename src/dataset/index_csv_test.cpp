#include <gmock/gmock.h>

#include "dataset/dataset.h"
#include "dataset/folders_testing.h"

namespace veilray::dataset {
namespace {

using test::FilmFolder;
using test::line_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum LabelState;

constexpr const char* kHeader = "file,dataset,labels,patient_id,view,split,flag\n";

/// A folder with the films that the rows name first.
FilmFolder& with_rows(FilmFolder& folder, const std::string& rows,
                      const std::string& header = kHeader) {
  folder.write("index.csv", header + rows);
  for (std::size_t from = 0; from < rows.size();) {
    folder.write(rows.substr(from, rows.find(',', from) - from));
    from = rows.find('\n', from) + 1;
  }
  return folder;
}

std::string failure_of(const std::string& rows, const std::string& header = kHeader,
                       const ReadOptions& options = {}) {
  FilmFolder folder;
  return line_of(read_dataset(with_rows(folder, rows, header).path(), options));
}

constexpr const char* kRows =
    "x/a.png,one,Mass|Edema,P1,PA,train,\n"
    "x/b.png,one,No Finding,P2,AP,val,\n"
    "y/c.png,two,NORMAL,P3,,test,\"a, b\"\n"
    "y/d.png,two,Effusion,P4,Lateral,train,\n";

TEST(IndexCsv, GivesFilmsWithLabelsPatientsAndSplits) {
  FilmFolder folder;
  const auto read = read_dataset(with_rows(folder, kRows).path()).value();
  EXPECT_EQ(read.layout, "index.csv");
  EXPECT_THAT(read.labels, ElementsAre("Edema", "Effusion", "Mass"));
  ASSERT_EQ(read.films.size(), 3U);
  EXPECT_EQ(read.laterals, 1U);
  EXPECT_THAT(read.skipped, IsEmpty());
  const auto& film = read.films[0];
  EXPECT_EQ(film.file, folder.path() / "x/a.png");
  EXPECT_EQ(film.patient_id, "P1");
  EXPECT_EQ(film.source, "one");
  EXPECT_EQ(film.view, "PA");
  EXPECT_EQ(film.split, Split::kTrain);
  EXPECT_THAT(film.labels, ElementsAre(kPresent, kAbsent, kPresent));
  EXPECT_EQ(read.of(Split::kTrain).size(), 1U);
  EXPECT_EQ(read.of(Split::kValidation).size(), 2U);
}

TEST(IndexCsv, TakesTheSourcesAndLabelsThatAreAskedFor) {
  FilmFolder folder;
  with_rows(folder, kRows);
  const auto read =
      read_dataset(folder.path(), {.sources = {"one"}, .labels = {"Mass", "Edema"}}).value();
  EXPECT_THAT(read.labels, ElementsAre("Mass", "Edema"));
  EXPECT_EQ(read.films.size(), 2U);
  EXPECT_THAT(line_of(read_dataset(folder.path(), {.sources = {"three"}})),
              HasSubstr("no films of dataset three"));
  EXPECT_THAT(line_of(read_dataset(folder.path(), {.labels = {"Hernia"}})),
              HasSubstr("unknown label Hernia"));
  const auto partly =
      read_dataset(folder.path(), {.labels = {"Hernia", "Mass"}, .unknown_labels = true}).value();
  EXPECT_THAT(partly.films[0].labels, ElementsAre(kUnknown, kPresent));
  EXPECT_THAT(line_of(read_dataset(folder.path(), {.labels = {"Hernia"}, .unknown_labels = true})),
              HasSubstr("unknown label Hernia"));
  // Labels of sources that are left out are not known.
  EXPECT_THAT(read_dataset(folder.path(), {.sources = {"one"}}).value().labels,
              ElementsAre("Edema", "Mass"));
}

TEST(IndexCsv, FailsIfAColumnIsMissing) {
  EXPECT_THAT(failure_of("a.png,Mass\n", "file,labels\n"), HasSubstr("no column `patient_id`"));
}

TEST(IndexCsv, FailsIfAPatientStandsInTwoSplits) {
  const auto line = failure_of("a.png,,Mass,P7,,train,\nb.png,,,P7,,val,\n");
  EXPECT_THAT(line, HasSubstr("patient P7 stands in two splits"));
  EXPECT_THAT(line, HasSubstr("index.csv line 3"));
}

TEST(IndexCsv, FailsIfARowIsWrong) {
  EXPECT_THAT(failure_of("a.png,,Mass,,,train,\n"), HasSubstr("no patient"));
  EXPECT_THAT(failure_of("a.png,,Mass,P,,dev,\n"), HasSubstr("unknown split `dev`"));
  EXPECT_THAT(failure_of("a.png,,Mass,P,,train,\n./a.png,,Mass,P,,train,\n"),
              HasSubstr("listed twice"));
  EXPECT_THAT(failure_of("a.png,,Mass,P,lateral,train,\n"), HasSubstr("no frontal film"));
}

TEST(IndexCsv, SkipsMissingFilesUpToAShare) {
  FilmFolder folder;
  with_rows(folder, "a.png,,Mass,A,,train,\nb.png,,Mass,B,,train,\n");
  std::filesystem::remove(folder.path() / "b.png");
  const auto read = read_dataset(folder.path(), {.missing_tolerated = 0.5}).value();
  EXPECT_EQ(read.films.size(), 1U);
  ASSERT_EQ(read.skipped.size(), 1U);
  EXPECT_EQ(read.skipped[0].file, folder.path() / "b.png");
  const auto line = line_of(read_dataset(folder.path(), {.missing_tolerated = 0.4}));
  EXPECT_THAT(line, HasSubstr("1 of 2 films are missing"));
  EXPECT_THAT(line, HasSubstr("b.png"));
}

TEST(IndexCsv, DrawsASplitOfPatientsWhereThereIsNone) {
  std::string rows;
  for (int i = 0; i < 60; ++i) {
    rows += "f" + std::to_string(i) + ".png,Mass,P" + std::to_string(i / 3) + "\n";
  }
  FilmFolder folder;
  with_rows(folder, rows, "file,labels,patient_id\n");
  const ReadOptions options{.validation_share = 0.25, .seed = 5};
  const auto read = read_dataset(folder.path(), options).value();
  EXPECT_EQ(read.of(Split::kValidation).size(), 15U);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(read.films[i].split, read.films[i / 3 * 3].split);

  const auto sides = [&](std::uint64_t seed) { return hold_out(read.films, 0.25, seed); };
  EXPECT_EQ(sides(5), sides(5));
  EXPECT_NE(sides(5), sides(6));
}

TEST(IndexCsv, HoldsTheSamePatientsOutInAnyOrder) {
  std::vector<Film> films(10);
  for (std::size_t i = 0; i < 10; ++i) films[i].patient_id = "P" + std::to_string(i);
  auto forth = hold_out(films, 0.3, 1);
  std::reverse(films.begin(), films.end());
  auto back = hold_out(films, 0.3, 1);
  std::reverse(back.begin(), back.end());
  EXPECT_EQ(forth, back);
  EXPECT_EQ(std::count(forth.begin(), forth.end(), true), 3);
  EXPECT_THAT(hold_out(films, 0, 1), testing::Each(false));
}

TEST(ReadDataset, FailsIfTheFolderHoldsNoTable) {
  FilmFolder folder;
  EXPECT_THAT(line_of(read_dataset(folder.path())), HasSubstr("no table of films"));
  EXPECT_THAT(line_of(read_dataset("/nowhere")), HasSubstr("no table of films: /nowhere"));
}

}  // namespace
}  // namespace veilray::dataset
