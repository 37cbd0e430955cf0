#include "dataset/probabilities.h"

#include <gmock/gmock.h>

#include <array>

#include "dataset/folders_testing.h"

namespace veilray::dataset {
namespace {

using test::FilmFolder;
using test::line_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Probabilities, AreFoundByTheNameOfAFilm) {
  FilmFolder folder;
  folder.write("p.csv", "Image Index,prob_Mass,Edema\n00000054_004.png,0.25,1e-3\n");
  const auto table = read_probabilities(folder.path() / "p.csv").value();
  EXPECT_THAT(table.labels(), ElementsAre("Mass", "Edema"));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_THAT(table.find("/some/where/00000054_004.jpg"), ElementsAre(0.25, 0.001));
  EXPECT_THAT(table.find("00000054_005.jpg"), IsEmpty());
}

TEST(Probabilities, AreReadAsTheyWereWritten) {
  FilmFolder folder;
  const std::vector<std::string> labels{"Mass", "Fluid, \"free\""};
  const std::vector<std::filesystem::path> films{"x/a,1.png", "y/b.dcm"};
  folder.write("p.csv", write_probabilities(labels, films, std::array{0.25, 0.0, 1.0, 1e-6}));
  const auto table = read_probabilities(folder.path() / "p.csv").value();
  EXPECT_EQ(table.labels(), labels);
  EXPECT_THAT(table.find(films[0]), ElementsAre(0.25, 0.0));
  EXPECT_THAT(table.find(films[1]), ElementsAre(1.0, 1e-6));
}

TEST(Probabilities, FailIfARowIsWrong) {
  FilmFolder folder;
  const auto failure = [&](const std::string& text) {
    folder.write("p.csv", text);
    return line_of(read_probabilities(folder.path() / "p.csv"));
  };
  EXPECT_THAT(failure("f,Mass\na.png,1.5\n"), HasSubstr("no probability: `1.5`"));
  EXPECT_THAT(failure("f,Mass\na.png,nan\n"), HasSubstr("no probability: `nan`"));
  EXPECT_THAT(failure("f,Mass\na.png,0.5x\n"), HasSubstr("p.csv line 2"));
  EXPECT_THAT(failure("f,Mass\na.png,0.5\na.jpg,0.5\n"), HasSubstr("listed twice"));
  EXPECT_THAT(failure("f\na.png\n"), HasSubstr("no column of a label"));
}

}  // namespace
}  // namespace veilray::dataset
