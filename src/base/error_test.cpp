#include "base/error.h"

#include <gtest/gtest.h>

#include <vector>

namespace veilray {
namespace {

Result<int> half_of(int number) {
  if (number % 2 != 0) return Failure{ErrorCode::kInvalidArgument, "odd", "number", "double it"};
  return number / 2;
}

Result<int> quarter_of(int number) {
  VEILRAY_TRY(half, half_of(number));
  VEILRAY_TRY(quarter, half_of(half));
  return quarter;
}

Status check_even(int number) {
  VEILRAY_CHECK_OK(half_of(number));
  return Done{};
}

TEST(Failure, PrintsWhatWhereAndHowToMendOnOneLine) {
  EXPECT_EQ((Failure{ErrorCode::kIo, "no space left", "/x", "free some"}).line(),
            "no space left: /x: free some");
}

TEST(Failure, LeavesOutWhatIsEmpty) {
  EXPECT_EQ((Failure{ErrorCode::kIo, "what", "", "mend"}).line(), "what: mend");
  EXPECT_EQ((Failure{ErrorCode::kIo, "what"}).line(), "what");
}

TEST(Failure, StaysOneLineWhateverAPathHolds) {
  EXPECT_EQ((Failure{ErrorCode::kIo, "what", "a\nb\x1b[1m"}).line(), "what: a?b?[1m");
}

TEST(Result, GivesItsValue) { EXPECT_EQ(quarter_of(12).value(), 3); }

TEST(Result, PassesTheFirstFailureUp) {
  const auto result = quarter_of(6);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure().what, "odd");
  EXPECT_TRUE(check_even(2).ok());
  EXPECT_FALSE(check_even(3).ok());
}

TEST(Result, LendsATemporarysValueForAsLongAsALoopRuns) {
  const auto make = [] { return Result<std::vector<std::string>>({std::string(100, 'x'), "b"}); };
  std::size_t length = 0;
  for (const auto& text : make().value()) length += text.size();
  EXPECT_EQ(length, 101U);
}

TEST(Result, ThrowsItsFailureWhenReadWithoutAValue) {
  const auto result = half_of(1);
  try {
    static_cast<void>(result.value());
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_STREQ(error.what(), "odd: number: double it");
  }
}

#ifndef NDEBUG
TEST(AssertDeathTest, StopsTheProgramNamingTheCondition) {
  EXPECT_DEATH(VEILRAY_ASSERT(1 + 1 == 3), "1 \\+ 1 == 3");
}
#endif

}  // namespace
}  // namespace veilray
