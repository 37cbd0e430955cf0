#include "dataset/csv.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "dataset/folders_testing.h"

namespace veilray::dataset {
namespace {

using test::line_of;
using testing::ElementsAre;
using testing::HasSubstr;

/// Every row, or the failure's line alone.
std::vector<std::vector<std::string>> rows(const std::string& text) {
  auto csv = CsvReader::parse(as_bytes(text), "t.csv");
  if (!csv.ok()) return {{csv.failure().line()}};
  std::vector<std::vector<std::string>> all;
  std::vector<std::string> row;
  while (true) {
    const auto more = csv.value().next(row);
    if (!more.ok()) return {{more.failure().line()}};
    if (!more.value()) return all;
    all.push_back(row);
  }
}

TEST(Csv, ReadsPlainAndQuotedFields) {
  EXPECT_THAT(rows("a,b\n1,2\n\"x, \"\"y\"\"\",\"two\nlines\"\n"),
              ElementsAre(ElementsAre("1", "2"), ElementsAre("x, \"y\"", "two\nlines")));
}

TEST(Csv, TakesWindowsLineEndsAByteOrderMarkAndEmptyLines) {
  const auto csv = CsvReader::parse(as_bytes("\xEF\xBB\xBF"
                                             "a,b\r\n"),
                                    "t.csv");
  EXPECT_THAT(csv.value().columns(), ElementsAre("a", "b"));
  EXPECT_THAT(rows("a,b\r\n\r\n1,\"2\"\r\n\n3,"),
              ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "")));
}

TEST(Csv, KnowsItsColumns) {
  const auto csv = CsvReader::parse(as_bytes("a,b\n"), "t.csv");
  EXPECT_EQ(csv.value().needed("b").value(), 1U);
  EXPECT_FALSE(csv.value().optional("c"));
  EXPECT_THAT(line_of(csv.value().needed("c")), HasSubstr("no column `c`: t.csv"));
}

TEST(Csv, FailsIfARowHasAnotherNumberOfFields) {
  EXPECT_THAT(rows("a,b\n\"1\n\",2\n3\n"),
              ElementsAre(ElementsAre(HasSubstr("a row of 1 fields: t.csv line 4"))));
}

TEST(Csv, FailsIfAQuoteIsOpenOrFollowedByText) {
  EXPECT_THAT(rows("a\n\"1\n"), ElementsAre(ElementsAre(HasSubstr("not closed: t.csv line 2"))));
  EXPECT_THAT(rows("a\n\"1\"2\n"), ElementsAre(ElementsAre(HasSubstr("after a closing quote"))));
}

TEST(Csv, FailsIfThereIsNoHeader) {
  EXPECT_THAT(rows("\n\n"), ElementsAre(ElementsAre(HasSubstr("an empty table"))));
}

TEST(Csv, FailsIfSizesAreAbsurd) {
  EXPECT_THAT(rows("a\n" + std::string(70000, 'x')),
              ElementsAre(ElementsAre(HasSubstr("a field too long"))));
  EXPECT_THAT(rows("a\n\"" + std::string(70000, 'x') + "\""),
              ElementsAre(ElementsAre(HasSubstr("a field too long"))));
  EXPECT_THAT(rows(std::string(2000, ',')),
              ElementsAre(ElementsAre(HasSubstr("more than 1024 fields"))));
}

TEST(Csv, FailsIfTheFileIsMissing) {
  EXPECT_THAT(line_of(CsvReader::open("/nowhere/t.csv")), HasSubstr("/nowhere/t.csv"));
}

}  // namespace
}  // namespace veilray::dataset
