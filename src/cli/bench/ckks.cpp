// The scheme's verbs at full security, one thread: N = 2^14, 11 limbs and 3 special primes.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "ckks/encoder.h"
#include "ckks/evaluator.h"
#include "ckks/secret/decryptor.h"
#include "ckks/secret/key_generator.h"
#include "ckks/secret/secret_encryptor.h"
#include "cli/bench/harness.h"
#include "math/kernels/table.h"

namespace veilray::cli {
namespace {

constexpr ckks::Scale kScale{0x1p30};
constexpr std::int32_t kSteps = 16;  // rotations of one ciphertext, hoisted together
constexpr double kTolerance = 1e-3;

std::vector<double> ramp(std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(static_cast<double>(i));
  return values;
}

/// Everything that the rows share. SeededRng: a benchmark repeats itself.
struct Fixture {
  explicit Fixture(const ckks::Params& parameters)
      : params(parameters),
        message(ramp(params.slots())),
        generator(params, secret_key, secret_rng, public_rng),
        encryptor(params, secret_key, secret_rng, public_rng),
        decryptor(params, secret_key) {
    std::vector<ckks::RotationRequest> requests;
    for (std::int32_t step = 1; step <= kSteps; ++step) {
      steps.push_back({step});
      requests.push_back({{step}, params.max_level()});
    }
    galois = generator.galois_keys(requests);
    plaintext = encoder.encode(message, params.max_level(), kScale);
    ct = encryptor.encrypt(plaintext);
  }

  const ckks::Params& params;
  SeededRng secret_rng{1};
  SeededRng public_rng{2};
  std::vector<double> message;
  ckks::SecretKey secret_key{params, secret_rng};
  ckks::KeyGenerator generator;
  ckks::SecretKeyEncryptor encryptor;
  ckks::Decryptor decryptor;
  ckks::Encoder encoder{params};
  ckks::Evaluator evaluator{params};
  ckks::RelinearizationKey relinearization = generator.relinearization_key(params.max_level());
  ckks::GaloisKeys galois;
  std::vector<ckks::RotationStep> steps;
  ckks::Plaintext plaintext;
  ckks::Ciphertext ct;
  ckks::Workspace workspace;
};

/// The slots of `ct` must be `expected`.
Status check(const Fixture& fixture, const char* name, const ckks::Ciphertext& ct,
             const std::vector<double>& expected) {
  const auto got = fixture.encoder.decode_real(fixture.decryptor.decrypt(ct));
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, std::abs(got[i] - expected[i]));
  if (worst < kTolerance) return Done{};
  return Failure{ErrorCode::kInternal, std::string("the benchmark's result is wrong: ") + name};
}

Status check_results(Fixture& f) {
  auto rotated = f.message;
  std::rotate(rotated.begin(), rotated.begin() + 1, rotated.end());
  auto squared = f.message;
  for (auto& value : squared) value *= value;
  auto& workspace = f.workspace;
  VEILRAY_CHECK_OK(check(f, "encrypt", f.ct, f.message));
  VEILRAY_CHECK_OK(check(f, "rotate", f.evaluator.rotate(f.ct, {1}, f.galois, workspace), rotated));
  const auto product = f.evaluator.relinearize(f.evaluator.multiply(f.ct, f.ct, workspace),
                                               f.relinearization, workspace);
  return check(f, "multiply", f.evaluator.rescale(product, workspace), squared);
}

std::vector<BenchRow> time_all(const BenchOptions& options, Fixture& f, Progress& progress) {
  const auto& params = f.params;
  const Json shape = {{"log_n", params.log_n()},           {"log_q", params.log_q()},
                      {"log_p", params.log_p()},           {"dnum", params.dnum()},
                      {"level", params.max_level().value}, {"threads", 1},
                      {"kernels", math::kernels().name}};
  std::vector<BenchRow> rows;
  const auto row = [&](const char* name, const std::function<void()>& work) {
    progress.update("ckks", rows.size(), 11);
    rows.push_back({name, shape, measure(options, work)});
  };
  auto& ws = f.workspace;
  const auto& e = f.evaluator;
  row("encode", [&] { (void)f.encoder.encode(f.message, params.max_level(), kScale); });
  row("encrypt", [&] { (void)f.encryptor.encrypt_seeded(f.plaintext); });
  row("decrypt", [&] { (void)f.encoder.decode_real(f.decryptor.decrypt(f.ct)); });
  row("rotate", [&] { e.rotate(f.ct, {1}, f.galois, ws).recycle(ws); });
  row("rotate_hoisted_16", [&] {
    for (auto& ct : e.rotate_many(f.ct, f.steps, f.galois, ws)) std::move(ct).recycle(ws);
  });
  row("multiply_plain", [&] { e.multiply_plain(f.ct, f.plaintext).recycle(ws); });
  row("multiply", [&] { e.multiply(f.ct, f.ct, ws).recycle(ws); });
  row("multiply_relinearize",
      [&] { e.relinearize(e.multiply(f.ct, f.ct, ws), f.relinearization, ws).recycle(ws); });
  row("rescale", [&] { e.rescale(f.ct, ws).recycle(ws); });
  row("keygen_rotation", [&] {
    (void)f.generator.galois_key(ckks::to_galois_element({1}, params.n()), params.max_level());
  });
  row("keygen_public", [&] { (void)f.generator.public_key(); });
  progress.update("ckks", 11, 11);
  return rows;
}

}  // namespace

Result<std::vector<BenchRow>> bench_ckks(const BenchOptions& options, Context& context) {
  VEILRAY_TRY(params, ckks::Params::create({.log_n = 14, .chain_primes = 11, .special_primes = 3}));
  Fixture fixture(params);
  VEILRAY_CHECK_OK(check_results(fixture));
  return time_all(options, fixture, context.progress);
}

}  // namespace veilray::cli
