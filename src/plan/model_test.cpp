#include "plan/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/test_folder.h"
#include "plan/models_testing.h"
#include "plan/network_file.h"
#include "tensor/safetensors.h"

namespace veilray::plan {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing_models::tiny_loaded;
using testing_models::tiny_model;

std::vector<std::byte> read_all(const fs::path& path) { return read_file(path, 1 << 30).value(); }

void save(const fs::path& folder, std::uint64_t seed = 1, const Enclosures& enclosed = {}) {
  const auto status = save_model(folder, tiny_loaded(seed), enclosed, Overwrite::kRefuse);
  ASSERT_TRUE(status.ok()) << status.failure().line();
}

TEST(ModelFolder, LoadsWhatWasSaved) {
  const TestFolder folder;
  save(folder / "model");
  const LoadedModel want = tiny_loaded();
  const auto loaded = load_model(folder / "model");
  ASSERT_TRUE(loaded.ok()) << loaded.failure().line();
  const LoadedModel& got = loaded.value();
  EXPECT_EQ(got.model.name, want.model.name);
  EXPECT_EQ(got.model.version, want.model.version);
  EXPECT_EQ(got.model.architecture, want.model.architecture);
  EXPECT_EQ(got.model.id, want.model.id);
  EXPECT_EQ(got.model.trained, want.model.trained);
  EXPECT_EQ(got.model.labels, want.model.labels);
  EXPECT_EQ(got.kit.fingerprint(), want.kit.fingerprint());
  EXPECT_EQ(got.params.fingerprint(), want.params.fingerprint());
  EXPECT_EQ(print(got.program), print(want.program));
  EXPECT_EQ(network_weights(got.model.network).tensors,
            network_weights(want.model.network).tensors);
}

TEST(ModelFolder, HoldsTheFilesThatTheFormatSays) {
  const TestFolder folder;
  const VqganFiles vqgan{{std::byte{1}, std::byte{2}}, "{}"};
  save(folder / "model", 1,
       {.vqgan = vqgan, .metrics = R"({"macro_auroc":0.75})", .card = "# Card"});
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "model"))
    if (entry.is_regular_file())
      names.push_back(fs::relative(entry.path(), folder / "model").string());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("model.json", "card.md", "plan.bin",
                                                     "weights.safetensors", "client-kit/kit.json",
                                                     "client-kit/vqgan.safetensors",
                                                     "client-kit/vqgan.json"));
  EXPECT_EQ(read_all(folder / "model/client-kit/vqgan.safetensors"), vqgan.weights);
  const auto facts = read_all(folder / "model/model.json");
  const auto json =
      nlohmann::json::parse(reinterpret_cast<const char*>(facts.data()),
                            reinterpret_cast<const char*>(facts.data()) + facts.size());
  EXPECT_EQ(json["metrics"]["macro_auroc"], 0.75);
}

TEST(ModelFolder, KeepsHowLogitsAreRead) {
  const TestFolder folder;
  Model model = tiny_model();
  model.readings = {{2, -1, 0.25}, {}, {0.5, 0, 1.5}};
  ASSERT_TRUE(save_model(folder / "model", assemble(model).value(), {}, Overwrite::kRefuse).ok());
  const auto loaded = load_model(folder / "model").value();
  EXPECT_EQ(loaded.model.readings, model.readings);
  EXPECT_EQ(loaded.kit.readings, model.readings);
}

TEST(ModelFolder, FailsIfMetricsAreNoObject) {
  const TestFolder folder;
  EXPECT_THROW(static_cast<void>(save_model(folder / "model", tiny_loaded(), {.metrics = "[]"},
                                            Overwrite::kRefuse)),
               Error);
  EXPECT_FALSE(fs::exists(folder / "model"));
}

TEST(ModelFolder, PutsNoClassifierWeightIntoTheKit) {
  const TestFolder folder;
  const VqganFiles vqgan{{std::byte{1}}, "{}"};
  save(folder / "model", 1, {.vqgan = vqgan});
  const auto contains = [](const std::vector<std::byte>& bytes, std::span<const std::byte> what) {
    return std::search(bytes.begin(), bytes.end(), what.begin(), what.end()) != bytes.end();
  };
  std::size_t looked_for = 0;
  const auto server_side = read_all(folder / "model/weights.safetensors");
  for (const auto& [name, weight] : network_weights(tiny_loaded().model.network).tensors)
    for (const float value : weight.data) {
      if (value == 0) continue;
      const auto binary = std::as_bytes(std::span(&value, 1));
      const std::string text = std::to_string(std::abs(value));  // as JSON would have it
      ASSERT_TRUE(contains(server_side, binary)) << "the search itself must be able to find";
      for (const auto& entry : fs::directory_iterator(folder / "model/client-kit")) {
        const auto bytes = read_all(entry.path());
        EXPECT_FALSE(contains(bytes, binary)) << name << " in " << entry.path();
        EXPECT_FALSE(contains(bytes, as_bytes(text))) << name << " in " << entry.path();
      }
      ++looked_for;
    }
  EXPECT_GT(looked_for, 100U);
}

TEST(ModelFolder, HasTheSameKitWhateverTheWeights) {
  // Same shapes, same plan, other weights: a client cannot tell them apart but by the id.
  Model other = tiny_model();
  other.network = testing_networks::tiny_network(77);
  const auto assembled = assemble(std::move(other));
  ASSERT_TRUE(assembled.ok());
  EXPECT_EQ(to_json(assembled.value().kit), to_json(tiny_loaded().kit));
}

TEST(ModelFolder, NamesTheFileThatIsMissing) {
  for (const char* name :
       {"model.json", "plan.bin", "weights.safetensors", "client-kit/kit.json"}) {
    const TestFolder folder;
    save(folder / "model");
    fs::remove(folder / "model" / name);
    const auto loaded = load_model(folder / "model");
    ASSERT_FALSE(loaded.ok()) << name;
    EXPECT_EQ(loaded.failure().code, ErrorCode::kIo) << name;
    EXPECT_THAT(loaded.failure().line(), HasSubstr((folder / "model" / name).string()));
  }
}

TEST(ModelFolder, NamesTheFileThatIsDamaged) {
  for (const char* name :
       {"model.json", "plan.bin", "weights.safetensors", "client-kit/kit.json"}) {
    const TestFolder folder;
    save(folder / "model");
    const fs::path path = folder / "model" / name;
    auto bytes = read_all(path);
    bytes.resize(bytes.size() / 2);
    ASSERT_TRUE(write_file(path, bytes, {Overwrite::kReplace}).ok());
    const auto loaded = load_model(folder / "model");
    ASSERT_FALSE(loaded.ok()) << name;
    EXPECT_EQ(loaded.failure().code, ErrorCode::kMalformed) << name;
    EXPECT_THAT(loaded.failure().line(), HasSubstr(path.string()));
  }
}

TEST(ModelFolder, NamesTheWeightsIfTheyAreAnotherNetworks) {
  const TestFolder folder;
  save(folder / "model");
  const fs::path path = folder / "model/weights.safetensors";
  auto weights = tensor::load_safetensors(path).value();
  weights.tensors["conv1.weight"].data[0] = NAN;
  ASSERT_TRUE(
      tensor::save_safetensors(path, weights, tensor::DType::kF32, {Overwrite::kReplace}).ok());
  const auto loaded = load_model(folder / "model");
  ASSERT_FALSE(loaded.ok());
  EXPECT_THAT(loaded.failure().line(), HasSubstr(folder.path().string()));
  EXPECT_THAT(loaded.failure().line(), HasSubstr("conv1"));
}

TEST(ModelFolder, IsRefusedIfKitAndPlanAreOfDifferentModels) {
  const TestFolder folder;
  save(folder / "one", 1);
  save(folder / "two", 2);
  fs::copy_file(folder / "two/client-kit/kit.json", folder / "one/client-kit/kit.json",
                fs::copy_options::overwrite_existing);
  const auto loaded = load_model(folder / "one");
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.failure().code, ErrorCode::kFingerprintMismatch);
}

TEST(SaveModel, RefusesAFolderThatExistsAndReplacesItIfTold) {
  const TestFolder folder;
  save(folder / "model", 1);
  const auto before = read_all(folder / "model/plan.bin");
  const auto refused = save_model(folder / "model", tiny_loaded(2), {}, Overwrite::kRefuse);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, ErrorCode::kExists);
  EXPECT_EQ(read_all(folder / "model/plan.bin"), before);
  ASSERT_TRUE(save_model(folder / "model", tiny_loaded(2), {}, Overwrite::kReplace).ok());
  EXPECT_EQ(load_model(folder / "model").value().kit.fingerprint(),
            tiny_loaded(2).kit.fingerprint());
}

TEST(SaveModel, LeavesNothingBehindIfItFails) {
  const TestFolder folder;
  const auto nowhere = save_model(folder / "no/such/model", tiny_loaded(), {}, Overwrite::kRefuse);
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.failure().code, ErrorCode::kIo);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(SaveModel, LeavesNothingBehindOnAFullDisk) {
  const TestFolder folder;
  const auto disk = SmallDisk::mount_at(folder.path());
  if (!disk) GTEST_SKIP() << "only root may mount a disk to fill";
  const VqganFiles vqgan{std::vector<std::byte>(1 << 20), "{}"};
  const auto full =
      save_model(folder / "model", tiny_loaded(), {.vqgan = vqgan}, Overwrite::kRefuse);
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.failure().code, ErrorCode::kIo);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

void expect_no_fit(const std::string& why, const std::function<void(Model&)>& spoil) {
  Model model = tiny_model();
  spoil(model);
  const auto loaded = assemble(std::move(model));
  ASSERT_FALSE(loaded.ok()) << why;
  EXPECT_EQ(loaded.failure().code, ErrorCode::kMalformed);
  EXPECT_THAT(loaded.failure().line(), HasSubstr(why));
}

TEST(Assemble, FailsIfPlanAndNetworkDoNotFit) {
  using testing_layouts::plain_layout;
  expect_no_fit("another network", [](Model& m) { m.plan.stages.pop_back(); });
  expect_no_fit("input's layout", [](Model& m) { m.plan.input = plain_layout({2, 8, 9}, 12); });
  expect_no_fit("input's layout", [](Model& m) { m.plan.input = plain_layout({2, 8, 8}, 11); });
  expect_no_fit("stage's layout",
                [](Model& m) { m.plan.stages[0].out = plain_layout({1, 2, 2}, 12); });
  expect_no_fit("every slot holds a result",
                [](Model& m) { m.plan.stages[1].out = plain_layout({3, 1, 1}, 12); });
  expect_no_fit("deeper than its levels", [](Model& m) { m.plan.params.chain_primes = 2; });
  expect_no_fit("does not fit the modulus", [](Model& m) { m.plan.stages[1].scale = 0x1p110; });
}

TEST(Assemble, FailsIfALayoutDoesNotMakeThePoolFree) {
  // A pool before the dense layer is merged into it: take a network with one that is not.
  Model model = tiny_model();
  std::vector<Stage> network_stages(1);
  for (std::uint64_t seed = 0; network_stages[0].pool != 2; ++seed) {
    model.network = testing_networks::random_small_network(seed);
    network_stages = stages(model.network).value();
  }
  testing_networks::Draw draw(1);
  model.plan = testing_networks::random_plan(draw, network_stages, 12);
  model.plan.params = {13, 6, 1, 30};
  model.plan.rescale_last = false;
  model.plan.stages[0].out = testing_layouts::plain_layout(network_stages[0].out_shape(), 12);
  const auto loaded = assemble(std::move(model));
  ASSERT_FALSE(loaded.ok());
  EXPECT_THAT(loaded.failure().line(), HasSubstr("sum of ciphertexts"));
}

TEST(Assemble, FailsIfTheParametersAreNotSecure) {
  Model model = tiny_model();
  model.plan.params.special_primes = 8;
  const auto loaded = assemble(std::move(model));
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.failure().code, ErrorCode::kInsecure);
}

TEST(Assemble, TellsTheKitOfExactlyTheKeysThatTheProgramNeeds) {
  const LoadedModel loaded = tiny_loaded();
  EXPECT_EQ(loaded.kit.rotations, rotations(loaded.program));
  EXPECT_EQ(loaded.kit.relinearization, relinearization_level(loaded.program));
  EXPECT_EQ(loaded.kit.outputs, 3);
}

}  // namespace
}  // namespace veilray::plan
