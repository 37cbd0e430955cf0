#include "graph/classifier_record.h"

#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/test_folder.h"

namespace veilray::graph {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

ClassifierRecord record() {
  ClassifierRecord made;
  made.labels = {"Edema", "Mass"};
  made.architecture = {.name = "hefnet", .attention = "se", .in_channels = 4, .size = 32};
  made.vqgan = std::string(62, 'a') + "09";
  made.metrics = {.train_films = 900,
                  .selection_films = 231,
                  .validation_films = 243,
                  .macro_auroc = 0.75,
                  .macro_ci = ConfidenceInterval{0.7, 0.8},
                  .labels = {{.auroc = 0.8,
                              .average_precision = 0.5,
                              .auroc_ci = ConfidenceInterval{0.7, 0.9},
                              .f1 = 0.4,
                              .positives = 20},
                             {}}};
  made.readings = {{1.5, -0.25, 0.3}, {0, 2, 1.5}};
  made.ranges = {{"relu1", -3.5, 4}};
  return made;
}

TEST(ClassifierRecord, ReadsWhatItWrote) {
  const auto written = record();
  const auto read = parse_record(as_bytes(to_json(written))).value();
  EXPECT_EQ(to_json(read), to_json(written));
  EXPECT_EQ(read.labels, written.labels);
  EXPECT_EQ(read.architecture.attention, "se");
  EXPECT_EQ(read.readings, written.readings);
  EXPECT_EQ(read.metrics.labels[0].auroc_ci->second, 0.9);
  EXPECT_FALSE(read.metrics.labels[1].auroc);
  EXPECT_EQ(read.ranges[0].min, -3.5);

  const TestFolder folder;
  save_record(folder / "classifier.json", written).value();
  EXPECT_EQ(to_json(load_record(folder / "classifier.json").value()), to_json(written));
}

TEST(ClassifierRecord, HasItsMetricsAsJson) {
  const auto json = Json::parse(metrics_json(record()));
  EXPECT_EQ(json["macro_auroc"], 0.75);
  EXPECT_EQ(json["labels"]["Edema"]["ci"], Json::array({0.7, 0.9}));
  EXPECT_TRUE(json["labels"]["Mass"]["auroc"].is_null());
}

TEST(ClassifierRecord, RefusesFieldsThatAreMissingOrOfAnotherType) {
  const Json good = Json::parse(to_json(record()));
  for (const auto& [name, value] : good.items()) {
    Json json = good;
    json.erase(name);
    EXPECT_FALSE(parse_record(as_bytes(json.dump())).ok()) << name;
    json[name] = value.is_object() ? Json("text") : Json::object();
    EXPECT_FALSE(parse_record(as_bytes(json.dump())).ok()) << name;
  }
}

TEST(ClassifierRecord, RefusesWhatCannotBe) {
  const std::vector<std::pair<std::string, std::function<void(Json&)>>> cases{
      {"another format", [](Json& j) { j["format"] = 2; }},
      {"unknown `extra`", [](Json& j) { j["extra"] = 1; }},
      {"unknown `Hernia`",
       [](Json& j) { j["metrics"]["labels"]["Hernia"] = j["metrics"]["labels"]["Mass"]; }},
      {"metrics has no `Mass`", [](Json& j) { j["metrics"]["labels"].erase("Mass"); }},
      {"stands twice", [](Json& j) { j["labels"] = {"Mass", "Mass"}; }},
      {"stands twice", [](Json& j) { j["labels"] = Json::array(); }},
      {"whole number", [](Json& j) { j["architecture"]["size"] = 32.5; }},
      {"whole number", [](Json& j) { j["architecture"]["size"] = -1; }},
      {"too large", [](Json& j) { j["architecture"]["in_channels"] = 1025; }},
      {"none of raw, quantised and pixels", [](Json& j) { j["latent"] = "cooked"; }},
      {"hexadecimal", [](Json& j) { j["vqgan"] = "12"; }},
      {"hexadecimal", [](Json& j) { j["vqgan"] = std::string(64, 'G'); }},
      {"[0, 1]", [](Json& j) { j["metrics"]["macro_auroc"] = 1.5; }},
      {"interval", [](Json& j) { j["metrics"]["macro_ci"] = {0.9, 0.8}; }},
      {"pair", [](Json& j) { j["metrics"]["macro_ci"] = {0.9}; }},
      {"one reading per label", [](Json& j) { j["readings"].erase(0); }},
      {"out of range", [](Json& j) { j["readings"][0]["a"] = -1; }},
      {"out of range", [](Json& j) { j["readings"][0]["threshold"] = 2.5; }},
      {"no number", [](Json& j) { j["readings"][0]["b"] = nullptr; }},
      {"upside down", [](Json& j) { j["ranges"][0]["min"] = 5; }},
  };
  for (const auto& [why, spoil] : cases) {
    Json json = Json::parse(to_json(record()));
    spoil(json);
    const auto read = parse_record(as_bytes(json.dump()));
    ASSERT_FALSE(read.ok()) << why;
    EXPECT_EQ(read.failure().code, ErrorCode::kMalformed);
    EXPECT_THAT(read.failure().line(), HasSubstr(why));
  }
  for (const std::string text : {"", "{", "[]", "null", "3"})
    EXPECT_FALSE(parse_record(as_bytes(text)).ok()) << text;
}

TEST(ClassifierRecord, NamesTheFileThatIsDamaged) {
  const TestFolder folder;
  write_file(folder / "r.json", as_bytes("{}")).value();
  EXPECT_THAT(load_record(folder / "r.json").failure().line(), HasSubstr("r.json"));
  EXPECT_EQ(load_record(folder / "gone.json").failure().code, ErrorCode::kIo);
}

TEST(ClassifierRecord, IsNotWrittenIfItCouldNotBeRead) {
  auto wrong = record();
  wrong.readings.pop_back();
  EXPECT_THROW(to_json(wrong), Error);
  wrong = record();
  wrong.metrics.labels.pop_back();
  EXPECT_THROW(to_json(wrong), Error);
  wrong = record();
  wrong.ranges[0].max = std::numeric_limits<double>::infinity();
  EXPECT_THROW(to_json(wrong), Error);
}

TEST(Reading, IsASigmoidOfALine) {
  EXPECT_DOUBLE_EQ(Reading{}.probability(0), 0.5);
  EXPECT_DOUBLE_EQ((Reading{2, -1, 0.5}.probability(1)), 1 / (1 + std::exp(-1)));
}

}  // namespace
}  // namespace veilray::graph
