#include "cli/reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/json_testing.h"

namespace veilray::cli {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

FilmReport film(const std::string& file) {
  return {.file = file,
          .failure = {},
          .findings = make_findings({"Edema"}, {}, std::vector<double>{1.0}),
          .ms = {1, 2, 3, 4, 5},
          .bytes = {740'000, 61'000}};
}

ClassifyReport classified() {
  return {
      .model = "chest", .trained = true, .security = {14, 419.9, 128}, .films = {film("a.png")}};
}

TEST(ClassifyReport, HasTheDocumentedShape) {
  const auto json = make_report(classified()).json;
  EXPECT_THAT(keys(json), ElementsAre("images", "security", "model", "trained"));
  const auto& image = json["images"][0];
  EXPECT_THAT(keys(image), ElementsAre("file", "findings", "ms", "bytes"));
  EXPECT_THAT(keys(image["findings"][0]), ElementsAre("label", "probability", "logit"));
  EXPECT_THAT(keys(image["ms"]), ElementsAre("preprocess", "vqgan", "encrypt", "infer", "decrypt"));
  EXPECT_THAT(keys(image["bytes"]), ElementsAre("request", "response"));
  EXPECT_THAT(keys(json["security"]), ElementsAre("log_n", "log_qp", "bits"));
}

TEST(ClassifyReport, SaysOnItsFirstLineThatAnUntrainedModelKnowsNothing) {
  auto report = classified();
  report.trained = false;
  EXPECT_THAT(make_report(report).text, StartsWith(untrained_warning(false)));
  EXPECT_EQ(make_report(report).json["trained"], false);
  EXPECT_THAT(make_report(classified()).text, StartsWith("a.png\n"));
}

TEST(ClassifyReport, KeepsTheOrderAndGoesOnAfterAFilmThatFails) {
  auto report = classified();
  report.films.push_back({.file = "b.png", .failure = Failure{ErrorCode::kIo, "no file", "b.png"}});
  report.films.push_back(film("c.png"));
  const auto made = make_report(report);
  EXPECT_TRUE(made.failed);
  EXPECT_FALSE(make_report(classified()).failed);
  EXPECT_EQ(made.json["images"][1].dump(), R"({"file":"b.png","error":"no file: b.png"})");
  EXPECT_EQ(made.json["images"][2]["file"], "c.png");
  EXPECT_THAT(made.text, HasSubstr("no findings: no file"));
}

TEST(ClassifyReport, ClaimsNoSecurityWhereNothingWasEncrypted) {
  auto report = classified();
  report.encrypted = false;
  const auto made = make_report(report);
  EXPECT_FALSE(made.json.contains("security"));
  EXPECT_FALSE(made.json["images"][0].contains("bytes"));
  EXPECT_THAT(keys(made.json["images"][0]["ms"]), ElementsAre("preprocess", "vqgan", "infer"));
  EXPECT_THAT(made.text, HasSubstr("not encrypted"));
  EXPECT_THAT(made.text, Not(HasSubstr("security")));
}

TEST(ClassifyReport, LeavesLogitsOutOfWhatIsShared) {
  auto report = classified();
  report.audience = Audience::kShared;
  EXPECT_THAT(make_report(report).json.dump(), Not(HasSubstr("logit")));
}

TEST(DecryptReport, HasTheDocumentedShape) {
  const auto made =
      make_report(DecryptReport{.model = "chest",
                                .trained = false,
                                .images = {make_findings({}, {}, std::vector<double>{1.0})}});
  EXPECT_THAT(keys(made.json), ElementsAre("findings", "model", "trained"));
  EXPECT_EQ(made.json["findings"][0]["label"], "0");
  EXPECT_THAT(made.text, StartsWith(untrained_warning(false)));
}

TEST(DecryptReport, ListsTheImagesWhereThereAreSeveral) {
  const auto findings = make_findings({}, {}, std::vector<double>{1.0});
  const auto made =
      make_report(DecryptReport{.model = "chest", .trained = true, .images = {findings, findings}});
  EXPECT_THAT(keys(made.json), ElementsAre("images", "model", "trained"));
  EXPECT_EQ(made.json["images"].size(), 2U);
  EXPECT_EQ(made.json["images"][1]["findings"][0]["label"], "0");
  EXPECT_THAT(made.text, StartsWith("image 1\n"));
  EXPECT_THAT(made.text, HasSubstr("image 2\n"));
}

TEST(RunReport, HasTheDocumentedKeys) {
  const auto json = make_report(RunReport{.n = 3}).json;
  for (const auto* key :
       {"n", "ms_per_image", "ms_keygen", "ms_load", "peak_rss_mb", "key_bytes", "request_bytes",
        "response_bytes", "max_abs_error", "levels", "security"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

TEST(RunReport, SpeaksOfKeysAndSecurityOnlyWhenEncrypted) {
  EXPECT_THAT(make_report(RunReport{.mode = RunMode::kEncrypted}).text, HasSubstr("security"));
  EXPECT_THAT(make_report(RunReport{.mode = RunMode::kPlain}).text, Not(HasSubstr("security")));
}

TEST(BytesText, UsesDecimalUnits) {
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(61'000), "61.0 kB");
  EXPECT_EQ(bytes_text(68'300'000), "68.30 MB");
}

}  // namespace
}  // namespace veilray::cli
