#include "plan/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "plan/models_testing.h"
#include "plan/network_file.h"

namespace veilray::plan {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using testing_models::tiny_model;

constexpr std::size_t kHeader = 40;

/// plan.bin around any payload, its checksum right.
std::vector<std::byte> sealed(std::string_view payload) {
  auto file = write_plan(tiny_model());
  file.resize(8);
  const auto bytes = as_bytes(payload);
  const auto checksum = sha256(bytes);
  file.insert(file.end(), checksum.begin(), checksum.end());
  file.insert(file.end(), bytes.begin(), bytes.end());
  return file;
}

Json payload_of(const Model& model) {
  const auto file = write_plan(model);
  return Json::parse(
      std::string(reinterpret_cast<const char*>(file.data()) + kHeader, file.size() - kHeader));
}

void expect_same_plan(const Plan& got, const Plan& want) {
  EXPECT_EQ(got.params, want.params);
  EXPECT_EQ(got.input, want.input);
  EXPECT_EQ(got.input_scale, want.input_scale);
  EXPECT_EQ(got.keyed.steps(), want.keyed.steps());
  EXPECT_EQ(got.rescale_last, want.rescale_last);
  EXPECT_EQ(got.precision, want.precision);
  EXPECT_EQ(got.predicted_error, want.predicted_error);
  EXPECT_EQ(got.ranges, want.ranges);
  EXPECT_EQ(got.flood_bits, want.flood_bits);
  ASSERT_EQ(got.stages.size(), want.stages.size());
  for (std::size_t s = 0; s < want.stages.size(); ++s) {
    EXPECT_EQ(got.stages[s].out, want.stages[s].out);
    EXPECT_EQ(got.stages[s].scale, want.stages[s].scale);
    const auto &a = got.stages[s].split, &b = want.stages[s].split;
    EXPECT_EQ(std::tie(a.low, a.high, a.middle_is_giant, a.centred),
              std::tie(b.low, b.high, b.middle_is_giant, b.centred));
  }
}

TEST(PlanFile, ReadsWhatItWrote) {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    const Model model = tiny_model(seed);
    const auto read = read_plan(write_plan(model), network_weights(model.network));
    ASSERT_TRUE(read.ok()) << read.failure().line();
    expect_same_plan(read.value().plan, model.plan);
    testing_networks::Draw draw(seed);
    const auto input = draw.tensor(model.network.input_shape(), 1);
    EXPECT_EQ(graph::run(read.value().network, input), graph::run(model.network, input));
    EXPECT_EQ(write_plan(read.value()), write_plan(model));
  }
}

TEST(PlanFile, KeepsResidualSums) {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    Model model = tiny_model(seed);
    model.network = testing_networks::residual_network(seed);
    testing_networks::Draw draw(seed);
    const auto all = stages(model.network).value();
    model.plan = testing_networks::random_plan(draw, all, 12);
    const auto read = read_plan(write_plan(model), network_weights(model.network));
    ASSERT_TRUE(read.ok()) << "seed " << seed << ": " << read.failure().line();
    EXPECT_EQ(write_plan(read.value()), write_plan(model)) << "seed " << seed;
    std::size_t shortcuts = 0;
    for (std::size_t s = 0; s < all.size(); ++s) {
      EXPECT_EQ(read.value().plan.stages[s].shortcuts.size(), all[s].shortcuts.size());
      shortcuts += all[s].shortcuts.size();
    }
    EXPECT_GE(shortcuts, 2U) << "seed " << seed;
  }
}

TEST(PlanFile, SaysNothingOfShortcutsWhereThereAreNone) {
  EXPECT_FALSE(payload_of(tiny_model())["plan"]["stages"][0].contains("shortcuts"));
}

TEST(PlanFile, KeepsTheNumberOfImagesWhichOlderPlansLack) {
  Model model = tiny_model();
  model.plan.images = 8;
  EXPECT_EQ(read_plan(write_plan(model), network_weights(model.network)).value().plan.images, 8U);
  Json json = payload_of(model);
  json["plan"].erase("images");
  const auto read = read_plan(sealed(json.dump()), network_weights(model.network));
  ASSERT_TRUE(read.ok()) << read.failure().line();
  EXPECT_EQ(read.value().plan.images, 1U);
  for (const int impossible : {0, -1, 3, 2048}) {
    json["plan"]["images"] = impossible;
    EXPECT_FALSE(read_plan(sealed(json.dump()), network_weights(model.network)).ok()) << impossible;
  }
}

TEST(PlanFile, ReadsAPlanWithoutKeyedStepsAsOneWithAKeyForEach) {
  Json json = payload_of(tiny_model());
  json["plan"].erase("keyed");
  const auto read = read_plan(sealed(json.dump()), network_weights(tiny_model().network));
  ASSERT_TRUE(read.ok()) << read.failure().line();
  EXPECT_TRUE(read.value().plan.keyed.steps().empty());
}

TEST(PlanFile, KeepsTheFactorsOfRowsAndColumns) {
  testing_networks::Draw draw(3);
  graph::GraphBuilder builder("factors", {2, 4, 3});
  graph::Conv2d conv{.weight = draw.tensor({1, 2, 2, 2}, 1)};
  conv.row_factors = {1, 2, 1};
  conv.column_factors = {3, 1};
  builder.add("conv", conv);
  builder.add("flatten", graph::Flatten{});
  builder.add("linear", testing_networks::tame_linear(draw, 6, 2));
  const auto network = std::move(builder).finish().value();
  const auto input = draw.tensor(network.input_shape(), 1);
  auto weights = network_weights(network);
  const auto again = read_network(network_structure(network), weights);
  ASSERT_TRUE(again.ok()) << again.failure().line();
  EXPECT_EQ(graph::run(again.value(), input), graph::run(network, input));
  weights.tensors["conv.row_factors"] = {{4}, {1, 2, 1, 1}};
  EXPECT_FALSE(read_network(network_structure(network), weights).ok());
}

TEST(PlanFile, RoundTripsEveryKindOfNode) {
  int read_networks = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto network =
        graph::lower_to_linear_and_polynomial(graph::testing_graphs::random_graph(seed)).value();
    const auto again = read_network(network_structure(network), network_weights(network));
    ASSERT_TRUE(again.ok()) << "seed " << seed << ": " << again.failure().line();
    testing_networks::Draw draw(seed);
    const auto input = draw.tensor(network.input_shape(), 1);
    EXPECT_EQ(graph::run(again.value(), input), graph::run(network, input)) << "seed " << seed;
    ++read_networks;
  }
  EXPECT_EQ(read_networks, 40);
}

void expect_malformed(const std::vector<std::byte>& file, const std::string& why) {
  const auto read = read_plan(file, network_weights(tiny_model().network));
  ASSERT_FALSE(read.ok()) << why;
  EXPECT_EQ(read.failure().code, ErrorCode::kMalformed) << why;
  EXPECT_THAT(read.failure().line(), HasSubstr(why));
}

TEST(PlanFile, FindsEveryDamagedByte) {
  const auto good = write_plan(tiny_model());
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto damaged = good;
    damaged[i] ^= std::byte{0x10};
    expect_malformed(damaged, i < 7    ? "not a Veilray plan"
                              : i == 7 ? "a plan of another version"
                                       : "damaged");
  }
}

TEST(PlanFile, IsRefusedWhereverItIsCutOrIfSomethingIsLeftOver) {
  const auto good = write_plan(tiny_model());
  for (std::size_t length = 0; length < good.size(); length += 7)
    EXPECT_FALSE(read_plan(std::span(good).first(length), {}).ok()) << length;
  auto longer = good;
  longer.push_back(std::byte{' '});
  expect_malformed(longer, "damaged");
}

TEST(PlanFile, RefusesAPayloadThatIsNoPlan) {
  expect_malformed(sealed(""), "not JSON");
  expect_malformed(sealed("{\"plan\":"), "not JSON");
  expect_malformed(sealed("\xff"), "not JSON");
  expect_malformed(sealed("[]"), "missing or of the wrong type");
  expect_malformed(sealed("{}"), "missing or of the wrong type");
  expect_malformed(sealed("{\"plan\":{},\"network\":{}}"), "missing or of the wrong type");
  expect_malformed(sealed(std::string(1 << 20, '[')), "not JSON");
  std::string deep(1 << 20, '[');
  deep.append(1 << 20, ']');
  expect_malformed(sealed(deep), "missing or of the wrong type");
}

TEST(PlanFile, RefusesPlansThatCannotBe) {
  struct BadPlan {
    std::string why;
    std::function<void(Json&)> spoil;
  };
  const std::vector<BadPlan> cases{
      {"impossible scale", [](Json& j) { j["plan"]["input_scale"] = 0.5; }},
      {"impossible scale", [](Json& j) { j["plan"]["flood_bits"] = 61; }},
      {"impossible stage", [](Json& j) { j["plan"]["stages"][0]["scale"] = -1; }},
      {"impossible stage", [](Json& j) { j["plan"]["stages"][0]["split"] = {5, 4, true, true}; }},
      {"impossible stage", [](Json& j) { j["plan"]["stages"][0]["split"] = {5, 14, true, true}; }},
      {"wrong type", [](Json& j) { j["plan"]["stages"][0]["split"] = {5, 6}; }},
      {"impossible stage",
       [](Json& j) { j["plan"]["stages"][0]["shortcuts"] = {{5, 4, true, true}}; }},
      {"wrong type", [](Json& j) { j["plan"]["stages"][0]["shortcuts"] = {{1, 2, true, 7}}; }},
      {"wrong type", [](Json& j) { j["plan"]["stages"][0]["shortcuts"] = {5, 6}; }},
      {"layout", [](Json& j) { j["plan"]["input"] = "2x8x8: x9 | "; }},
      {"different slot counts",
       [](Json& j) {
         j["plan"]["stages"][0]["out"] = testing_layouts::plain_layout({4, 6, 6}, 11).text();
         j["plan"]["stages"][0]["split"] = {0, 0, true, true};
       }},
      {"impossible keyed step", [](Json& j) { j["plan"]["keyed"] = {0}; }},
      {"impossible keyed step", [](Json& j) { j["plan"]["keyed"] = {1, 4096}; }},
      {"impossible keyed step", [](Json& j) { j["plan"]["keyed"] = std::vector<int>(513, 1); }},
      {"wrong type", [](Json& j) { j["plan"]["keyed"] = {1.5}; }},
      {"wrong type", [](Json& j) { j["plan"]["params"][0] = 1e300; }},
      {"wrong type", [](Json& j) { j["network"]["output"] = true; }},
      {"wrong type", [](Json& j) { j["network"]["nodes"][0]["shape"][1] = 8.0; }},
      {"wrong type", [](Json& j) { j["network"]["nodes"][1]["attributes"]["padding"] = {0, 0}; }},
      {"impossible scale", [](Json& j) { j["plan"]["flood_bits"] = -1; }},
      {"too many stages",
       [](Json& j) {
         auto& all = j["plan"]["stages"];
         const Json stage = all[0];
         while (all.size() <= 256) all.push_back(stage);
       }},
      {"wrong type", [](Json& j) { j["plan"]["precision"] = nullptr; }},
      {"wrong type", [](Json& j) { j["plan"]["params"] = {13, 4, 1}; }},
      {"wrong type", [](Json& j) { j["network"].erase("nodes"); }},
      {"number of operations", [](Json& j) { j["network"]["nodes"] = Json::array(); }},
      {"unknown operation", [](Json& j) { j["network"]["nodes"][1]["op"] = "softmax"; }},
      {"unknown operation", [](Json& j) { j["network"]["nodes"][1]["op"] = "average_pool"; }},
      {"wrong type", [](Json& j) { j["network"]["nodes"][1]["attributes"].erase("groups"); }},
  };
  for (const auto& [why, spoil] : cases) {
    Json json = payload_of(tiny_model());
    spoil(json);
    expect_malformed(sealed(json.dump()), why);
  }
}

TEST(PlanFile, RefusesNetworksThatDoNotVerify) {
  const std::vector<std::function<void(Json&)>> spoils{
      [](Json& j) { j["network"]["output"] = 99; },
      [](Json& j) { j["network"]["nodes"][2]["inputs"] = {7}; },
      [](Json& j) { j["network"]["nodes"][0]["shape"] = {2, 8, 9}; },
      [](Json& j) { j["network"]["nodes"][0]["shape"] = {2, 1LL << 40, 1LL << 40}; },
      [](Json& j) { j["network"]["nodes"][1]["attributes"]["stride"] = 0; },
      [](Json& j) { j["network"]["nodes"][1]["attributes"]["groups"] = 3; },
  };
  for (std::size_t i = 0; i < spoils.size(); ++i) {
    Json json = payload_of(tiny_model());
    spoils[i](json);
    const auto read = read_plan(sealed(json.dump()), network_weights(tiny_model().network));
    EXPECT_FALSE(read.ok()) << "case " << i;
  }
}

TEST(PlanFile, RefusesWeightsThatAreMissingOrTooMany) {
  const Model model = tiny_model();
  auto weights = network_weights(model.network);
  weights.tensors.erase("conv1.weight");
  EXPECT_FALSE(read_plan(write_plan(model), weights).ok());
  weights = network_weights(model.network);
  weights.tensors["conv9.weight"] = {{1}, {1.0F}};
  const auto read = read_plan(write_plan(model), weights);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.failure().line(), HasSubstr("does not have"));
}

}  // namespace
}  // namespace veilray::plan
