#include "cli/eval_report.h"

#include <gmock/gmock.h>

#include "cli/findings.h"
#include "cli/json_testing.h"

namespace veilray::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

EvalReport evaluated() {
  EvalReport report;
  report.model = "chest";
  report.trained = true;
  report.evaluation = {.n = 243,
                       .macro_auroc = 0.75,
                       .micro_auroc = 0.8,
                       .macro_ci = metrics::Interval{0.7, 0.8},
                       .macro_f1 = 0.25,
                       .labels = {{.label = "Edema",
                                   .auroc = 0.875,
                                   .average_precision = 0.5,
                                   .ci = metrics::Interval{0.8, 0.9},
                                   .f1 = 0.25,
                                   .f1_at_half = 0.125,
                                   .positives = 12},
                                  {.label = "Hernia"}}};
  return report;
}

TEST(EvalReport, HasTheDocumentedShape) {
  auto report = evaluated();
  auto json = make_report(report).json;
  EXPECT_THAT(keys(json), ElementsAre("n", "macro_auroc", "macro_ci", "labels", "micro_auroc",
                                      "macro_f1", "skipped", "model", "trained"));
  EXPECT_EQ(json["labels"]["Edema"].dump(),
            R"({"auroc":0.875,"ci":[0.8,0.9],"ap":0.5,"f1":0.25,"positives":12})");
  EXPECT_EQ(json["labels"]["Hernia"].dump(),
            R"({"auroc":null,"ci":null,"ap":null,"f1":0.0,"positives":0})");

  report.encrypted = Agreement{100, 1e-4, 2, 0.75, 0.5, 1.5};
  json = make_report(report).json;
  EXPECT_EQ(json["encrypted"].dump(),
            R"({"n":100,"max_abs_error":0.0001,"decisions_changed":2,"macro_auroc":0.5,)"
            R"("plain_macro_auroc":0.75,"range_ratio":1.5})");
  EXPECT_THAT(make_report(report).text, HasSubstr("values reach 1.50 times"));
  report.encrypted->range_ratio = 1;
  EXPECT_THAT(make_report(report).text, Not(HasSubstr("values reach")));
}

TEST(EvalReport, IsATableForPeople) {
  auto report = evaluated();
  report.skipped = {{"bad.png", "not an image"}};
  report.reference = Comparison{131, 14, 0.8125, metrics::Difference{-0.0625, {-0.125, 0}}};
  const auto text = make_report(report).text;
  EXPECT_THAT(text, HasSubstr("Edema"));
  EXPECT_THAT(text, HasSubstr("[0.800, 0.900]"));
  EXPECT_THAT(text, HasSubstr("243 films: macro AUROC 0.750 [0.700, 0.800]"));
  EXPECT_THAT(text, HasSubstr("131 films and 14 labels in common: macro AUROC 0.812"));
  EXPECT_THAT(text, HasSubstr("this model -0.062 [-0.125, 0.000]"));
  EXPECT_THAT(text, HasSubstr("skipped bad.png: not an image\n"));
  EXPECT_THAT(text, Not(HasSubstr("encrypted")));
}

TEST(EvalReport, SaysThatAnUntrainedModelKnowsNothing) {
  auto report = evaluated();
  report.trained = false;
  EXPECT_THAT(make_report(report).text, StartsWith(untrained_warning(false)));
}

}  // namespace
}  // namespace veilray::cli
