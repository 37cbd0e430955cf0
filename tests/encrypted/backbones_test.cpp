// The other backbones, and other latent factors than 8, at 128-bit security: float network, clear
// slots and ciphertexts agree. hefnet_test.cpp has the headline. The disabled ones take minutes:
// veilray_encrypted_backbones_test --gtest_also_run_disabled_tests.
#include <gtest/gtest.h>

#include <cstdio>

#include "graph/architectures/random_weights.h"
#include "graph/architectures/registry.h"
#include "runtime/clear_run.h"
#include "tests/encrypted/parties.h"

namespace veilray::testing {
namespace {

constexpr std::uint64_t kSeed = 4;

struct Case {
  graph::ArchitectureSpec spec;
  std::uint32_t log_n;
  double precision = 1e-3;
};

void PrintTo(const Case& param, std::ostream* out) {
  *out << param.spec.name << ", attention " << param.spec.attention << ", on "
       << param.spec.in_channels << " x " << param.spec.size;
}

class EncryptedBackbone : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Networks, EncryptedBackbone,
                         ::testing::Values(Case{{"lenet", "none", 4, 32}, 14},
                                           Case{{"vgg5", "none", 8, 16}, 14},
                                           Case{{"hefnet", "se", 4, 32}, 15},
                                           Case{{"hefnet", "cbam", 4, 32}, 15}));

INSTANTIATE_TEST_SUITE_P(
    DISABLED_MoreNetworks, EncryptedBackbone,
    ::testing::Values(Case{{"vgg5", "none", 4, 32}, 14}, Case{{"hefnet", "none", 8, 16}, 14},
                      Case{{"hefnet", "se", 8, 16}, 16}, Case{{"hefnet", "cbam", 8, 16}, 16},
                      Case{{"vgg5", "se", 4, 32}, 15}, Case{{"vgg5", "cbam", 4, 32}, 15},
                      Case{{"lenet", "se", 4, 32}, 15}, Case{{"lenet", "cbam", 4, 32}, 15},
                      Case{{"hefnet", "none", 3, 64}, 14}, Case{{"vgg5", "none", 3, 64}, 14},
                      Case{{"resnet20", "none", 4, 32}, 16, 1e-2}));

TEST_P(EncryptedBackbone, AgreesWithTheFloatNetworkInClearSlotsAndOnCiphertexts) {
  const auto& [spec, log_n, precision] = GetParam();
  SCOPED_TRACE(kSeed);
  const auto network = graph::build(spec, graph::random_weights(spec, kSeed).value()).value();
  const auto model = compiled(graph::lower_to_linear_and_polynomial(network).value(), 1, precision);
  EXPECT_EQ(model.params.log_n(), log_n);
  ASSERT_EQ(model.params.security_bits(), 128U);

  ThreadPool pool(2);
  runtime::ClearRun clear(model.program, model.model.plan, pool);
  Server server(model, 2);
  Client client(model.kit, kSeed);
  plan::testing_networks::Draw draw(kSeed);
  const auto latent = plan::testing_networks::normal_latent(draw, network.input_shape());
  const auto want = graph::run(network, latent);
  const double in_slots = largest_difference(clear.logits(latent, 14), want);
  const auto answer = server.answer(client.evaluation_key, client.request(latent));
  ASSERT_TRUE(answer.ok()) << answer.failure().line();
  const auto logits = client.talk.decrypt(answer.value());
  ASSERT_TRUE(logits.ok()) << logits.failure().line();
  const double encrypted = largest_difference(logits.value(), want);
  EXPECT_LT(in_slots, precision / 10);
  EXPECT_LT(encrypted, precision);
  std::printf("N = 2^%u, error in slots %.1e, on ciphertexts %.1e\n", model.params.log_n(),
              in_slots, encrypted);
}

}  // namespace
}  // namespace veilray::testing
