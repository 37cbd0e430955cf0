#include "plan/client_kit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/test_folder.h"
#include "plan/models_testing.h"

namespace veilray::plan {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

ClientKit kit() {
  auto made = testing_models::tiny_loaded().kit;
  made.readings = {{2, -0.5, 0.25}, {}, {0, 1, 1.5}};
  return made;
}

TEST(ClientKit, ReadsWhatItWrote) {
  const ClientKit written = kit();
  const auto read = parse_client_kit(as_bytes(to_json(written)));
  ASSERT_TRUE(read.ok()) << read.failure().line();
  const ClientKit& got = read.value();
  EXPECT_EQ(got.name, written.name);
  EXPECT_EQ(got.version, written.version);
  EXPECT_EQ(got.id, written.id);
  EXPECT_EQ(got.trained, written.trained);
  EXPECT_EQ(got.labels, written.labels);
  EXPECT_EQ(got.outputs, written.outputs);
  EXPECT_EQ(got.readings, written.readings);
  EXPECT_EQ(got.latent, written.latent);
  EXPECT_EQ(got.params, written.params);
  EXPECT_EQ(got.input, written.input);
  EXPECT_EQ(got.input_scale, written.input_scale);
  EXPECT_EQ(got.rotations, written.rotations);
  EXPECT_EQ(got.relinearization, written.relinearization);
  EXPECT_EQ(got.fingerprint(), written.fingerprint());
  EXPECT_EQ(to_json(got), to_json(written));
}

TEST(ClientKit, HasTheFingerprintThatTheFormatSays) {
  ClientKit small;
  small.name = "a \"b\"";
  small.version = "1";
  small.id[0] = std::byte{0xAB};
  small.outputs = 1;
  small.labels = {"Edema"};
  small.readings = {{1.5, 0, 0.25}};
  small.params = {13, 3, 1, 30};
  small.input = Layout::parse("1x1x2: x0 - - - - - - - - - - = |").value();
  small.input_scale = 0x1p30;
  small.rotations = {{1, {2}}, {8, {0}}};
  small.relinearization = {1};
  const std::string canonical =
      R"({"format":2,"name":"a \"b\"","version":"1","id":"ab000000000000000000000000000000",)"
      R"("trained":false,"labels":["Edema"],"outputs":1,"readings":[{"a":1.5,"b":0.0,"threshold":0.25}],)"
      R"("latent":"raw","params":{"log_n":13,)"
      R"("chain_primes":3,"special_primes":1,"chain_prime_bits":30},)"
      R"("input":"1x1x2: x0 - - - - - - - - - - = |","input_scale":1073741824.0,)"
      R"("relinearization_level":1,"rotations":[{"step":1,"level":2},{"step":8,"level":0}]})";
  EXPECT_EQ(small.fingerprint(), sha256(as_bytes(canonical)));
}

TEST(ClientKit, HasAnotherFingerprintIfAnyFieldDiffers) {
  const std::vector<std::function<void(ClientKit&)>> changes{
      [](ClientKit& k) { k.name += "x"; },
      [](ClientKit& k) { k.version = "2"; },
      [](ClientKit& k) { k.id[15] ^= std::byte{1}; },
      [](ClientKit& k) { k.trained = !k.trained; },
      [](ClientKit& k) { k.labels[1] = "Mass"; },
      [](ClientKit& k) { k.latent = LatentKind::kQuantised; },
      [](ClientKit& k) { k.readings[1].b = 0.5; },
      [](ClientKit& k) { k.readings = {}; },
      [](ClientKit& k) { ++k.params.special_primes; },
      [](ClientKit& k) { k.input_scale *= 2; },
      [](ClientKit& k) { --k.relinearization.value; },
      [](ClientKit& k) { k.rotations.pop_back(); },
      [](ClientKit& k) { k.input = testing_layouts::plain_layout(k.input.shape(), 12); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ClientKit changed = kit();
    changes[i](changed);
    EXPECT_NE(changed.fingerprint(), kit().fingerprint()) << "change " << i;
  }
}

TEST(ClientKit, KeepsItsFingerprintIfAnameIsNoUtf8) {
  ClientKit odd = kit();
  odd.name = "caf\xE9";
  const auto read = parse_client_kit(as_bytes(to_json(odd)));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().fingerprint(), odd.fingerprint());
}

struct Spoilt {
  std::string why;
  std::function<void(Json&)> spoil;
};

TEST(ClientKit, SaysHowManyImagesOnlyWhereThereAreSeveral) {
  EXPECT_FALSE(Json::parse(to_json(kit())).contains("images"));
  ClientKit two = kit();
  two.images = 2;
  EXPECT_NE(two.fingerprint(), kit().fingerprint());
  const auto read = parse_client_kit(as_bytes(to_json(two)));
  ASSERT_TRUE(read.ok()) << read.failure().line();
  EXPECT_EQ(read.value().images, 2U);
  EXPECT_EQ(read.value().latent_shape(), (tensor::Shape{1, 8, 8}));
  EXPECT_EQ(read.value().fingerprint(), two.fingerprint());
}

TEST(ClientKit, RefusesFieldsThatAreMissingOrOfAnotherType) {
  const Json good = Json::parse(to_json(kit()));
  for (const auto& [name, value] : good.items()) {
    Json json = good;
    json.erase(name);
    const auto without = parse_client_kit(as_bytes(json.dump()));
    ASSERT_FALSE(without.ok()) << name;
    EXPECT_EQ(without.failure().code, ErrorCode::kMalformed) << name;
    json = good;
    json[name] = value.is_object() ? Json("text") : Json::object();
    if (name == "rotations" || name == "readings") json[name] = 3;
    EXPECT_FALSE(parse_client_kit(as_bytes(json.dump())).ok()) << name;
  }
}

TEST(ClientKit, RefusesWhatCannotBe) {
  const std::vector<Spoilt> cases{
      {"another format", [](Json& j) { j["format"] = 1; }},
      {"32 hexadecimal", [](Json& j) { j["id"] = "0123"; }},
      {"32 hexadecimal", [](Json& j) { j["id"] = std::string(32, 'g'); }},
      {"32 hexadecimal", [](Json& j) { j["id"] = "-1" + std::string(30, '0'); }},
      {"number of outputs", [](Json& j) { j["outputs"] = 0; }},
      {"number of outputs", [](Json& j) { j["outputs"] = 4097; }},
      {"number of outputs", [](Json& j) { j["outputs"] = -3; }},
      {"wrong type", [](Json& j) { j["outputs"] = 3.0; }},
      {"wrong type", [](Json& j) { j["outputs"] = 1e300; }},
      {"wrong type", [](Json& j) { j["rotations"][0]["level"] = 0.5; }},
      {"another ring degree", [](Json& j) { j["params"]["log_n"] = (1LL << 32) + 13; }},
      {"as many labels", [](Json& j) { j["labels"].push_back("one more"); }},
      {"as many readings", [](Json& j) { j["readings"].erase(0); }},
      {"impossible reading", [](Json& j) { j["readings"][0]["a"] = -1; }},
      {"impossible reading", [](Json& j) { j["readings"][0]["threshold"] = 3; }},
      {"wrong type", [](Json& j) { j["readings"][0]["b"] = nullptr; }},
      {"raw nor quantised", [](Json& j) { j["latent"] = "cooked"; }},
      {"another ring degree", [](Json& j) { j["params"]["log_n"] = 14; }},
      {"layout", [](Json& j) { j["input"] = "2x8x8: | "; }},
      {"than an answer has slots",
       [](Json& j) {
         j["input"] = testing_layouts::plain_layout({2, 8, 8}, 11).text();
         j["params"]["log_n"] = 12;
         j["labels"] = j["readings"] = Json::array();
         j["outputs"] = 2049;
       }},
      {"number of images", [](Json& j) { j["images"] = 0; }},
      {"number of images", [](Json& j) { j["images"] = 2048; }},
      {"number of images", [](Json& j) { j["images"] = 3; }},
      {"number of images", [](Json& j) { j["images"] = 4; }},  // of two channels
      {"wrong type", [](Json& j) { j["images"] = "two"; }},
      {"input scale", [](Json& j) { j["input_scale"] = 0; }},
      {"input scale", [](Json& j) { j["input_scale"] = 1e30; }},
      {"beyond the modulus chain", [](Json& j) { j["relinearization_level"] = 99; }},
      {"rotation", [](Json& j) { j["rotations"][0]["step"] = 0; }},
      {"rotation", [](Json& j) { j["rotations"][0]["step"] = 4096; }},
      {"rotation", [](Json& j) { j["rotations"][0]["step"] = -1; }},
      {"rotation", [](Json& j) { j["rotations"][0]["level"] = 99; }},
      {"rotation", [](Json& j) { j["rotations"][1] = j["rotations"][0]; }},
      {"rotation", [](Json& j) { std::swap(j["rotations"][0], j["rotations"][1]); }},
  };
  for (const auto& [why, spoil] : cases) {
    Json json = Json::parse(to_json(kit()));
    spoil(json);
    const auto read = parse_client_kit(as_bytes(json.dump()));
    ASSERT_FALSE(read.ok()) << why;
    EXPECT_EQ(read.failure().code, ErrorCode::kMalformed) << why;
    EXPECT_THAT(read.failure().line(), HasSubstr(why));
  }
}

TEST(ClientKit, RefusesBytesThatAreNoJson) {
  const std::string json = to_json(kit());
  for (const std::string& text :
       {std::string(), std::string("{"), json.substr(0, json.size() / 2), json + "x",
        std::string("[]"), std::string("\"kit\""), std::string("null"), std::string(100000, '['),
        std::string("\xff\xfe")}) {
    const auto read = parse_client_kit(as_bytes(text));
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.failure().code, ErrorCode::kMalformed);
  }
}

TEST(LoadClientKit, NamesTheFileThatIsMissingOrDamaged) {
  const TestFolder folder;
  const std::string path = (folder / "kit.json").string();
  const auto missing = load_client_kit(folder.path());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.failure().code, ErrorCode::kIo);
  EXPECT_THAT(missing.failure().line(), HasSubstr(path));
  ASSERT_TRUE(write_file(path, as_bytes("{}")).ok());
  const auto damaged = load_client_kit(folder.path());
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.failure().code, ErrorCode::kMalformed);
  EXPECT_THAT(damaged.failure().line(), HasSubstr(path));
}

}  // namespace
}  // namespace veilray::plan
