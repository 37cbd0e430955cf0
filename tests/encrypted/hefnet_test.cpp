// The headline: hefnet at 128-bit security and N = 2^14 gives, on ciphertexts, the float network's
// logits to 1e-3, on latents whose logits really differ.
#include <gtest/gtest.h>

#include <cstdio>

#include "graph/architectures/random_weights.h"
#include "graph/architectures/registry.h"
#include "tests/encrypted/parties.h"

namespace veilray::testing {
namespace {

constexpr int kLatents = 32;
constexpr std::uint64_t kSeed = 2;
constexpr double kPrecision = 1e-3;

TEST(EncryptedHefnet, ErrsByLessThanAThousandthOnThirtyTwoLatents) {
  const graph::ArchitectureSpec spec;
  const auto network = graph::build(spec, graph::random_weights(spec, kSeed).value()).value();
  const auto model = compiled(graph::lower_to_linear_and_polynomial(network).value());
  ASSERT_EQ(model.params.log_n(), 14U);
  ASSERT_EQ(model.params.security_bits(), 128U);

  Server server(model, 2);
  Client client(model.kit, kSeed);
  const auto keys = runtime::parse_keys(model, client.evaluation_key);
  ASSERT_TRUE(keys.ok()) << keys.failure().line();
  plan::testing_networks::Draw draw(kSeed);
  double error = 0;
  std::vector<std::vector<double>> logits;  // of the float network, by output
  for (int i = 0; i < kLatents; ++i) {
    const auto latent = plan::testing_networks::normal_latent(draw, network.input_shape());
    const auto want = graph::run(network, latent);  // unfused: not even the passes are trusted
    const auto request = client.request(latent);
    const auto answer = server.inference.answer(request, keys.value(), server.rng);
    ASSERT_TRUE(answer.ok()) << answer.failure().line();
    const auto got = client.talk.decrypt(answer.value());
    ASSERT_TRUE(got.ok()) << got.failure().line();
    EXPECT_LT(largest_difference(got.value(), want), kPrecision) << "latent " << i;
    error = std::max(error, largest_difference(got.value(), want));
    logits.resize(want.data.size());
    for (std::size_t j = 0; j < want.data.size(); ++j)
      logits[j].push_back(static_cast<double>(want.data[j]));
    EXPECT_EQ(request.size(), 614'596U) << "docs/formats/message.md states it";
    EXPECT_EQ(answer.value().size(), 65'832U);
  }

  ASSERT_EQ(logits.size(), 14U);
  double least = INFINITY, most = 0;
  for (const auto& row : logits) {
    double sum = 0, squares = 0;
    for (const double logit : row) sum += logit, squares += logit * logit;
    const double mean = sum / kLatents;
    const double deviation = std::sqrt(squares / kLatents - mean * mean);
    least = std::min(least, deviation), most = std::max(most, deviation);
  }
  EXPECT_GT(least, 1);
  EXPECT_LT(most, 3);
  std::printf("largest error of a logit %.2e; deviations of the logits %.2f to %.2f\n", error,
              least, most);
}

}  // namespace
}  // namespace veilray::testing
