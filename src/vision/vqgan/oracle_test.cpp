// The VQGAN against PyTorch itself, on the same weight files; skipped where there is no PyTorch.
// The golden vector, which PyTorch made, is checked everywhere.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/test_folder.h"
#include "base/test_oracle.h"
#include "tensor/safetensors.h"
#include "vision/vqgan/decoder.h"
#include "vision/vqgan/encoder.h"
#include "vision/vqgan/quantizer.h"
#include "vision/vqgan/random_weights.h"
#include "vision/vqgan/test_networks.h"
#include "vision/vqgan/weights.h"

namespace veilray::vision::vqgan {
namespace {

const std::string kScript = std::string(VEILRAY_ORACLES) + "/vqgan_oracle.py";

constexpr double kTolerance = 1e-4;

struct Case {
  std::string name;
  Config config;
  tensor::TensorFile weights;
  tensor::Tensor image;
  tensor::Tensor latent;  // to quantise and decode
};

Case make_case(std::string name, const Config& config, std::uint64_t seed) {
  const std::int64_t side = config.resolution;
  return {std::move(name), config, random_weights(config, seed),
          test::wave_image(side, side, seed + 1),
          test::normal_tensor({config.z_channels, config.latent_size(), config.latent_size()},
                              seed + 2)};
}

void write_case(const std::filesystem::path& folder, const Case& c) {
  std::filesystem::create_directory(folder);
  ASSERT_TRUE(write_file(folder / "config.json", as_bytes(write_config(c.config))).ok());
  ASSERT_TRUE(tensor::save_safetensors(folder / "weights.safetensors", c.weights).ok());
  const tensor::TensorFile input{{{"image", c.image}, {"latent", c.latent}}, {}};
  ASSERT_TRUE(tensor::save_safetensors(folder / "input.safetensors", input).ok());
}

Codes codes_of(const tensor::Tensor& tensor) {
  Codes codes{tensor.shape[0], tensor.shape[1], {}};
  for (const float code : tensor.data) codes.index.push_back(static_cast<std::int32_t>(code));
  return codes;
}

void expect_near(const tensor::Tensor& got, const tensor::Tensor& want, const char* what) {
  ASSERT_EQ(got.shape, want.shape) << what;
  EXPECT_GT(test::deviation(want.data), 0.05) << what << " hardly varies: nothing is compared";
  EXPECT_LT(test::largest_difference(got.data, want.data), kTolerance) << what;
}

void expect_agreement(const Case& c, const tensor::TensorFile& want) {
  const auto encoder = Encoder::create(c.config, c.weights, 1).value();
  expect_near(encoder.encode(c.image).value(), want.tensors.at("latent"), "latent");

  const auto quantizer = Quantizer::create(c.config, c.weights).value();
  const Codes codes = codes_of(want.tensors.at("codes"));
  EXPECT_EQ(quantizer.codes(c.latent).value(), codes);
  expect_near(quantizer.quantize(c.latent).value(), want.tensors.at("quantised"), "quantised");

  const auto decoder = Decoder::create(c.config, c.weights, 1).value();
  expect_near(decoder.decode_codes(codes).value(), want.tensors.at("image"), "image");
}

TEST(VqganOracle, AgreesWithPyTorchOnTheSameFiles) {
  std::vector<Case> cases;
  cases.push_back(make_case("f2", test::small_config(2, 32), 10));
  cases.push_back(make_case("f4", test::small_config(4, 32), 20));
  cases.push_back(make_case("f8", test::small_config(8, 64), 30));
  cases.push_back(make_case("f16", test::small_config(16, 64), 40));
  cases.push_back(make_case("full-f8", published_config(8), 50));
  cases.push_back(make_case("two-blocks", test::small_config(4, 64), 60));
  cases.back().config.num_res_blocks = 2;
  cases.back().weights = random_weights(cases.back().config, 60);
  cases.push_back(make_case("another-size", test::small_config(4, 64), 70));
  cases.back().image = test::wave_image(36, 72, 71);
  cases.back().latent = test::normal_tensor({3, 5, 14}, 72);

  const TestFolder folder;
  std::string arguments;  // one Python process for all: PyTorch takes seconds to load
  for (const Case& c : cases) {
    write_case(folder / c.name, c);
    arguments += " '" + (folder / c.name).string() + "'";
  }
  const int exit_code = run_oracle(kScript, arguments);
  if (exit_code == kNoPackage) GTEST_SKIP() << "/usr/bin/python3 has no torch (python3-torch)";
  ASSERT_EQ(exit_code, 0);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    expect_agreement(c, tensor::load_safetensors(folder / c.name / "output.safetensors").value());
  }
}

// The weights that vqgan_oracle.py calls `formula`: splitmix64 of FNV-1a of the name, plus the
// index. Nothing of it comes from random_weights.
tensor::Tensor formula(const TensorSpec& spec) {
  std::uint64_t state = 0xcbf29ce484222325;
  for (const char letter : spec.name) {
    state = (state ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  }
  auto tensor = tensor::Tensor::zeros(spec.shape);
  const auto count = static_cast<double>(tensor.data.size());
  const double bound = std::sqrt(6.0 * static_cast<double>(spec.shape.front()) / count);
  for (float& value : tensor.data) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    const double unit = static_cast<double>(z >> 40) * 0x1p-23 - 1.0;
    double drawn = unit * bound;
    if (spec.name.ends_with(".bias")) {
      drawn = 0.1 * unit;
    } else if (spec.shape.size() == 1) {
      drawn = 1.0 + 0.2 * unit;
    } else if (spec.name.starts_with("quantize")) {
      drawn = unit;
    }
    value = static_cast<float>(drawn);
  }
  return tensor;
}

TEST(VqganGolden, AgreesWithThePyTorchAnswerKeptInTheRepository) {
  const auto path = std::filesystem::path(VEILRAY_ORACLES) / "../golden/vqgan.safetensors";
  const auto golden = tensor::load_safetensors(path).value();
  Case c;
  c.config = published_config(2, 32);
  c.config.resolution = 32;
  c.config.num_res_blocks = 1;
  c.config.n_embed = 32;
  c.config.embed_dim = 8;
  for (const Part part : {Part::kEncoder, Part::kQuantizer, Part::kDecoder}) {
    for (const auto& spec : part_tensors(c.config, part)) {
      c.weights.tensors[spec.name] = formula(spec);
    }
  }
  c.image = golden.tensors.at("input");
  c.latent = golden.tensors.at("latent");
  expect_agreement(c, golden);
}

}  // namespace
}  // namespace veilray::vision::vqgan
