#include "cli/trained_record.h"

#include <gmock/gmock.h>

namespace veilray::cli {
namespace {

using ::testing::HasSubstr;

graph::ClassifierRecord record() {
  graph::ClassifierRecord made;
  made.labels = {"Edema", "Mass"};
  made.architecture = {.name = "hefnet", .attention = "se", .in_channels = 8, .size = 16};
  made.input = graph::InputForm::kQuantisedLatent;
  made.vqgan = std::string(64, 'a');
  made.readings = {{}, {}};
  return made;
}

std::string refusal(const NetworkChoice& choice, const std::vector<std::string>& labels = {},
                    const std::string& vqgan = "") {
  const auto status = check_record(record(), choice, labels, vqgan, "r.json");
  return status.ok() ? "" : status.failure().line();
}

TEST(NetworkChoice, TakesFromTheRecordWhatIsLeftOpen) {
  const auto made = record();
  const NetworkChoice open, chosen{.attention = "none", .size = 24, .latent = "raw"};
  EXPECT_EQ(open.architecture(nullptr).size, 32);
  EXPECT_EQ(open.architecture(&made).attention, "se");
  EXPECT_EQ(open.architecture(&made).in_channels, 8);
  EXPECT_EQ(chosen.architecture(&made).attention, "none");
  EXPECT_EQ(chosen.architecture(nullptr).size, 24);
  EXPECT_EQ(open.latent_kind(nullptr), plan::LatentKind::kRaw);
  EXPECT_EQ(open.latent_kind(&made), plan::LatentKind::kQuantised);
  EXPECT_EQ(chosen.latent_kind(&made), plan::LatentKind::kRaw);
}

TEST(CheckRecord, AcceptsWhatAgrees) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({.name = "hefnet", .attention = "se", .latent = "quantised"}, {"Edema", "Mass"},
                    std::string(64, 'a')),
            "");
}

TEST(CheckRecord, RefusesWhatContradicts) {
  EXPECT_THAT(refusal({.name = "lenet"}), HasSubstr("--arch hefnet, not lenet: r.json"));
  EXPECT_THAT(refusal({.attention = "none"}), HasSubstr("--attention se"));
  EXPECT_THAT(refusal({.in_channels = 4}), HasSubstr("--in-channels 8"));
  EXPECT_THAT(refusal({.size = 32}), HasSubstr("--size 16"));
  EXPECT_THAT(refusal({.latent = "raw"}), HasSubstr("--latent quantised"));
  auto on_pixels = record();
  on_pixels.input = graph::InputForm::kPixels;
  EXPECT_THAT(check_record(on_pixels, {}, {}, "", "r.json").failure().line(),
              HasSubstr("trained on pixels"));
  EXPECT_THAT(refusal({}, {"Mass", "Edema"}), HasSubstr("other labels"));
  EXPECT_THAT(refusal({}, {}, std::string(64, 'b')), HasSubstr("another VQGAN"));
}

}  // namespace
}  // namespace veilray::cli
