// Every costly operation, nine levels deep, at the product's own parameters.
#include <gtest/gtest.h>

#include "ckks/evaluator.h"
#include "ckks/secret/toy_client.h"

namespace veilray::ckks {
namespace {

TEST(FullSize, NineLevelsOfSquaresAndRotationsKeepTheirPrecision) {
  testing::ToyClient client(ParamsSpec{}, 14);
  ASSERT_EQ(client.params.security_bits(), 128U);
  const Evaluator& ev = client.evaluator;
  Workspace& ws = client.workspace;
  const Level top = client.params.max_level();
  const auto relinearization_key = client.generator.relinearization_key(top);
  const std::vector<RotationStep> steps = {{1}};
  const auto keys = client.keys_for(steps, top);

  auto want = client.random_values();
  auto ct = client.encrypt(want, top);
  // x <- x^2 - rotate(x, 1)^2, which stays within [-1, 1].
  for (int depth = 0; depth < 9; ++depth) {
    const auto rotated = ev.rotate(ct, {1}, keys, ws);
    const auto negative = ev.negate(rotated);
    const Ciphertext* const left[] = {&ct, &rotated};
    const Ciphertext* const right[] = {&ct, &negative};
    ct = ev.rescale(ev.relinearize(ev.multiply(left, right, ws), relinearization_key, ws), ws);

    std::vector<double> next(want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      const double neighbour = want[(i + 1) % want.size()];
      next[i] = want[i] * want[i] - neighbour * neighbour;
    }
    want = next;
    const auto got = client.encoder.decode_real(client.decryptor.decrypt(ct));
    // A key switch moves a slot by up to 1.5e-4, and the map may amplify what is there fourfold.
    EXPECT_LT(testing::largest_difference(got, want), 3e-3) << "depth " << depth + 1;
  }
  EXPECT_EQ(ct.level().value, 1U);
}

}  // namespace
}  // namespace veilray::ckks
