#include "cli/phantom_films.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "dataset/dataset.h"
#include "vision/png.h"

namespace veilray::cli {
namespace {

const PhantomFilms kFilms = {.count = 10, .film = {.seed = 40, .side = 64}};

TEST(PhantomFilms, AreADatasetOfTheFilmsThatEachSeedDraws) {
  const TestFolder folder;
  ThreadPool pool(2);
  SilentProgress progress;
  const auto films = folder / "films";
  ASSERT_TRUE(write_phantom_films(films, kFilms, Overwrite::kRefuse, pool, progress).ok());

  const auto data = dataset::read_dataset(films).value();
  EXPECT_EQ(data.of(dataset::Split::kTrain).size(), 8U);
  EXPECT_EQ(data.of(dataset::Split::kValidation).size(), 2U);
  ASSERT_EQ(data.films.size(), 10U);
  for (std::size_t i = 0; i < data.films.size(); ++i) {
    const auto findings = vision::draw_findings(40 + i);
    for (std::size_t label = 0; label < data.labels.size(); ++label) {
      const bool drawn = findings.contains(*vision::parse_finding(data.labels[label]));
      EXPECT_EQ(data.films[i].labels[label] == dataset::LabelState::kPresent, drawn);
    }
    const auto png =
        vision::write_png(vision::draw_phantom({.seed = 40 + i, .findings = findings, .side = 64}));
    EXPECT_EQ(read_file(data.films[i].file, 1 << 20).value(), png);
  }
}

TEST(PhantomFilms, ReplaceOnlyAFolderOfTheirOwn) {
  const TestFolder folder;
  ThreadPool pool(1);
  SilentProgress progress;
  const auto write = [&](Overwrite overwrite) {
    return write_phantom_films(folder / "films", {1, kFilms.film}, overwrite, pool, progress);
  };
  ASSERT_TRUE(write(Overwrite::kRefuse).ok());
  EXPECT_EQ(write(Overwrite::kRefuse).failure().code, ErrorCode::kExists);
  EXPECT_TRUE(write(Overwrite::kReplace).ok());
}

}  // namespace
}  // namespace veilray::cli
