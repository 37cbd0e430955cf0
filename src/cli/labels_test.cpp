#include "cli/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace veilray::cli {
namespace {
using ::testing::ElementsAre;

TEST(ReadLabels, TakesAList) {
  EXPECT_THAT(read_labels("Edema, Pleural Effusion,Mass").value(),
              ElementsAre("Edema", "Pleural Effusion", "Mass"));
}

TEST(ReadLabels, TakesAFileWithOneALine) {
  const auto path =
      std::filesystem::temp_directory_path() / ("veilray-labels-" + std::to_string(getpid()));
  std::ofstream(path) << "Edema\r\nPleural Effusion\n";
  EXPECT_THAT(read_labels(path.string()).value(), ElementsAre("Edema", "Pleural Effusion"));
  std::filesystem::remove(path);
}

TEST(ReadLabels, FailsIfALabelIsEmptyOrRepeated) {
  for (const auto* bad : {"", "A,,B", "A,B,A", "A,B,"}) {
    const auto result = read_labels(bad);
    ASSERT_FALSE(result.ok()) << bad;
    EXPECT_EQ(result.failure().code, ErrorCode::kUsage);
  }
}

}  // namespace
}  // namespace veilray::cli
