#include "plan/depth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/architectures/networks_testing.h"

namespace veilray::plan {
namespace {

using ::testing::HasSubstr;

graph::Graph network(const std::string& name, const std::string& attention) {
  const graph::ArchitectureSpec spec{name, attention, 4, 32};
  return graph::build(spec, graph::testing_graphs::plain_weights(spec)).value();
}

TEST(LevelsNeeded, AreThePublishedOnes) {
  struct Depth {
    const char* name;
    std::uint32_t none, se, cbam;
  };
  for (const auto& [name, none, se, cbam] : {Depth{"lenet", 9, 15, 16},
                                             {"vgg5", 9, 15, 16},
                                             {"hefnet", 9, 15, 16},
                                             {"resnet20", 30, 84, 93}}) {
    EXPECT_EQ(levels_needed(network(name, "none")), none) << name;
    EXPECT_EQ(levels_needed(network(name, "se")), se) << name;
    EXPECT_EQ(levels_needed(network(name, "cbam")), cbam) << name;
  }
}

std::string refusal(const std::string& name, const std::string& attention) {
  const auto status = check_encryptable(network(name, attention));
  return status.ok() ? "" : status.failure().line();
}

TEST(CheckEncryptable, TakesWhatSomeParametersHaveLevelsFor) {
  for (const char* name : {"lenet", "vgg5", "hefnet"}) {
    EXPECT_EQ(refusal(name, "none"), "");
    EXPECT_EQ(refusal(name, "se"), "");
    EXPECT_EQ(refusal(name, "cbam"), "");
  }
  EXPECT_EQ(refusal("resnet20", "none"), "");
}

TEST(CheckEncryptable, SaysHowMuchTooDeepANetworkIs) {
  EXPECT_THAT(refusal("resnet20", "se"), HasSubstr("needs 84 levels"));
  EXPECT_THAT(refusal("resnet20", "se"), HasSubstr("have 56 at most"));
  EXPECT_THAT(refusal("resnet20", "cbam"), HasSubstr("resnet20"));
}

}  // namespace
}  // namespace veilray::plan
