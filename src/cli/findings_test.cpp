#include "cli/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace veilray::cli {
namespace {
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Findings, AreTheSigmoidOfTheLogitsRoundedToFourDecimals) {
  const auto findings = make_findings({"A", "B", "C"}, {}, std::vector<double>{0.0, 2.0, -30.0});
  EXPECT_DOUBLE_EQ(findings[0].probability, 0.5);
  EXPECT_NEAR(findings[1].probability, 0.8808, 1e-12);  // 0.880797...
  EXPECT_DOUBLE_EQ(findings[2].probability, 0.0);
  EXPECT_DOUBLE_EQ(findings[1].logit, 2.0);
}

TEST(Findings, NumberTheOutputsOfAModelWithoutLabels) {
  const auto findings = make_findings({}, {}, std::vector<double>{1.0, 2.0});
  EXPECT_EQ(findings[0].label, "0");
  EXPECT_EQ(findings[1].label, "1");
}

TEST(Findings, FailIfLabelsAndLogitsDiffer) {
  EXPECT_THROW(make_findings({"A"}, {}, std::vector<double>{1.0, 2.0}), Error);
}

TEST(Findings, PrintShortDecimalsAndWholeLogitsInJson) {
  const double logit = std::nextafter(1.25, 2.0);
  const auto json = to_json(make_findings({"A"}, {}, std::vector<double>{logit}), Audience::kOwner);
  EXPECT_THAT(json.dump(), HasSubstr("\"probability\":0.7773,"));
  EXPECT_EQ(Json::parse(json.dump())[0]["logit"].get<double>(), logit);
}

TEST(Findings, AreReadAsTheModelSays) {
  const auto findings =
      make_findings({"A", "B"}, {{2, -1, 0.5}, {1, 0, 0.9}}, std::vector<double>{1.0, 2.0});
  EXPECT_DOUBLE_EQ(findings[0].probability, 0.7311);  // 1 / (1 + e^-1) = 0.73106
  EXPECT_DOUBLE_EQ(findings[1].probability, 0.8808);
  EXPECT_EQ(findings[0].present, true);
  EXPECT_EQ(findings[1].present, false);
  EXPECT_EQ(to_json(findings, Audience::kShared).dump(),
            R"([{"label":"A","probability":0.7311,"present":true},)"
            R"({"label":"B","probability":0.8808,"present":false}])");
  EXPECT_THAT(to_text(findings), HasSubstr("A  0.7311  ###############  present\n"));
  EXPECT_THAT(to_text(findings), HasSubstr("##\n"));
  EXPECT_THROW(make_findings({}, {{1, 0, 0.5}}, std::vector<double>{1.0, 2.0}), Error);
}

TEST(Findings, ShareNoLogit) {
  const auto json = to_json(make_findings({"A"}, {}, std::vector<double>{1.5}), Audience::kShared);
  EXPECT_EQ(json.dump(), R"([{"label":"A","probability":0.8176}])");
}

TEST(Findings, StandUnderEachOtherAsText) {
  const auto text =
      to_text(make_findings({"Edema", "Pleural Effusion"}, {}, std::vector<double>{0, 9}));
  EXPECT_EQ(text,
            "  Edema             0.5000  ##########\n"
            "  Pleural Effusion  0.9999  ####################\n");
}

TEST(Findings, OfAnUntrainedModelAreCalledMeaningless) {
  EXPECT_THAT(untrained_warning(false), HasSubstr("mean nothing"));
  EXPECT_EQ(untrained_warning(true), "");
}

}  // namespace
}  // namespace veilray::cli
