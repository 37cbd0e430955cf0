#include "vision/vqgan/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/test_folder.h"
#include "vision/vqgan/test_networks.h"

namespace veilray::vision::vqgan {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json public_config() {
  return json::parse(R"({"ddconfig": {"double_z": false, "z_channels": 4, "resolution": 256,
      "in_channels": 3, "out_ch": 3, "ch": 128, "ch_mult": [1, 2, 2, 4], "num_res_blocks": 2,
      "attn_resolutions": [16], "dropout": 0.0}, "n_embed": 1024, "embed_dim": 256})");
}

std::string failure_of(const json& document) {
  return test::line_of(parse_config(document.dump()));
}

TEST(VqganConfig, ReadsThePublishedConfig) {
  const Config config = parse_config(public_config().dump()).value();
  EXPECT_EQ(config, published_config(8, 128));
  EXPECT_EQ(config.factor(), 8);
  EXPECT_EQ(config.latent_size(), 32);
}

TEST(VqganConfig, ReadsBackWhatItWrites) {
  for (const std::int64_t factor : {2, 4, 8, 16}) {
    for (const Config& config : {published_config(factor), test::small_config(factor)}) {
      EXPECT_EQ(parse_config(write_config(config)).value(), config);
    }
  }
}

TEST(VqganConfig, PublishedFactorsHaveTheirChannels) {
  const std::pair<std::int64_t, std::int64_t> expected[] = {{2, 2}, {4, 3}, {8, 4}, {16, 8}};
  for (const auto& [factor, z_channels] : expected) {
    const Config config = published_config(factor);
    EXPECT_EQ(config.factor(), factor);
    EXPECT_EQ(config.z_channels, z_channels);
    EXPECT_TRUE(check_config(config).ok());
  }
  EXPECT_THROW(published_config(32), Error);
}

TEST(VqganConfig, DropoutMayBeLeftOutAndKeysBesideDdconfigAreIgnored) {
  json document = public_config();
  document["ddconfig"].erase("dropout");
  document["ddconfig"]["resamp_with_conv"] = true;
  document["lossconfig"] = {{"target", "somewhere"}};
  EXPECT_EQ(parse_config(document.dump()).value(), published_config(8, 128));
}

TEST(VqganConfig, AcceptsAFactorOf32) {
  json document = public_config();
  document["ddconfig"]["ch_mult"] = {1, 1, 1, 2, 2, 4};
  EXPECT_EQ(parse_config(document.dump()).value().factor(), 32);
}

TEST(VqganConfig, FailsIfItIsNoJsonObjectWithDdconfig) {
  for (const char* text : {"", "{", "[]", "null", "{}", R"({"ddconfig": 3})", "\xff\xfe"}) {
    const auto result = parse_config(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.failure().code, ErrorCode::kMalformed);
  }
}

TEST(VqganConfig, FailsIfAKeyIsMissing) {
  for (const char* key : {"double_z", "z_channels", "resolution", "in_channels", "out_ch", "ch",
                          "ch_mult", "num_res_blocks", "attn_resolutions"}) {
    json document = public_config();
    document["ddconfig"].erase(key);
    EXPECT_THAT(failure_of(document), HasSubstr("there is no " + std::string(key)));
  }
  for (const char* key : {"n_embed", "embed_dim"}) {
    json document = public_config();
    document.erase(key);
    EXPECT_THAT(failure_of(document), HasSubstr("there is no " + std::string(key)));
  }
}

TEST(VqganConfig, FailsIfAValueHasTheWrongType) {
  for (const char* key : {"z_channels", "resolution", "ch", "ch_mult", "attn_resolutions",
                          "num_res_blocks", "dropout", "double_z"}) {
    for (const json& value : {json("4"), json(nullptr), json(json::object())}) {
      json document = public_config();
      document["ddconfig"][key] = value;
      EXPECT_THAT(failure_of(document), HasSubstr(std::string(key) + " is not ")) << value;
    }
  }
  json document = public_config();
  document["ddconfig"]["ch"] = 64.5;
  EXPECT_THAT(failure_of(document), HasSubstr("ch is not an integer"));
  document["ddconfig"]["ch"] = 18446744073709551615ULL;
  EXPECT_THAT(failure_of(document), HasSubstr("ch is not an integer"));
  document["ddconfig"]["ch"] = 64;
  document["ddconfig"]["ch_mult"] = {1, "2"};
  EXPECT_THAT(failure_of(document), HasSubstr("ch_mult is not an integer"));
}

TEST(VqganConfig, FailsIfANumberIsOutOfBounds) {
  const std::tuple<const char*, json, const char*> cases[] = {
      {"z_channels", 0, "z_channels is 0"},
      {"z_channels", 65, "z_channels is 65"},
      {"resolution", 31, "resolution is 31"},
      {"resolution", 1025, "resolution is 1025"},
      {"resolution", 250, "resolution 250 is not a multiple of 8"},
      {"in_channels", 1, "in_channels is 1"},
      {"out_ch", 4, "out_ch is 4"},
      {"ch", 0, "ch is 0"},
      {"ch", -32, "ch is -32"},
      {"ch", 48, "ch is 48"},
      {"ch", 544, "ch is 544"},
      {"ch_mult", json::array(), "ch_mult has 0 entries"},
      {"ch_mult", {1}, "ch_mult has 1 entries"},
      {"ch_mult", {1, 1, 1, 1, 1, 1, 1}, "ch_mult has 7 entries"},
      {"ch_mult", {1, 0}, "entry of ch_mult is 0"},
      {"ch_mult", {1, INT64_MAX}, "entry of ch_mult is"},
      {"ch_mult", {1, 17}, "entry of ch_mult is 17"},
      {"num_res_blocks", 0, "num_res_blocks is 0"},
      {"num_res_blocks", 9, "num_res_blocks is 9"},
      {"attn_resolutions", {-1}, "entry of attn_resolutions is -1"},
      {"attn_resolutions", json(std::vector<int>(33, 16)), "at most 32"},
      {"dropout", 1.0, "dropout is out of range"},
      {"dropout", -0.5, "dropout is out of range"},
  };
  for (const auto& [key, value, message] : cases) {
    json document = public_config();
    document["ddconfig"][key] = value;
    EXPECT_THAT(failure_of(document), HasSubstr(message)) << key << " " << value;
  }
  json document = public_config();
  document["n_embed"] = 0;
  EXPECT_THAT(failure_of(document), HasSubstr("n_embed is 0"));
  document["n_embed"] = 1024;
  document["embed_dim"] = 4096;
  EXPECT_THAT(failure_of(document), HasSubstr("embed_dim is 4096"));
}

TEST(VqganConfig, FailsIfTheWidestLevelIsTooWide) {
  json document = public_config();
  document["ddconfig"]["ch"] = 512;
  document["ddconfig"]["ch_mult"] = {1, 8};
  EXPECT_THAT(failure_of(document), HasSubstr("is 4096"));
}

TEST(VqganConfig, FailsIfAnUnknownKeyWouldChangeTheNetwork) {
  json document = public_config();
  document["ddconfig"]["attn_type"] = "linear";
  EXPECT_THAT(failure_of(document), HasSubstr("unknown key \"attn_type\""));
  json cut = public_config();  // to 64 bytes, within a character
  cut["ddconfig"][std::string(63, 'a') + "\xC3\xA9"] = 1;
  EXPECT_THAT(failure_of(cut), HasSubstr("unknown key \"aaa"));
}

TEST(VqganConfig, FailsIfItIsAnotherKindOfAutoencoder) {
  json document = public_config();
  document["ddconfig"]["double_z"] = true;
  const auto result = parse_config(document.dump());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure().code, ErrorCode::kUnsupported);
}

TEST(VqganConfig, LoadsAFileAndNamesItInAFailure) {
  const TestFolder folder;
  const auto path = folder / "vqgan.json";
  EXPECT_THAT(test::line_of(load_config(path)), HasSubstr("vqgan.json"));
  ASSERT_TRUE(write_file(path, as_bytes(write_config(published_config(4)))).ok());
  EXPECT_EQ(load_config(path).value(), published_config(4));
  ASSERT_TRUE(write_file(path, as_bytes("{"), {.overwrite = Overwrite::kReplace}).ok());
  EXPECT_THAT(test::line_of(load_config(path)), HasSubstr("vqgan.json"));
}

}  // namespace
}  // namespace veilray::vision::vqgan
