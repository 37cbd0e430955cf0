// The scheme's verbs at full security, one thread, at the highest level and half way down.
#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "ckks/wire.h"
#include "cli/bench/ckks_subject.h"
#include "cli/bench/harness.h"
#include "math/kernels/table.h"

namespace veilray::cli {
namespace {

// 128-bit by the table of ckks/security.h. 2^14: what `hefnet` runs on, log QP 420 of 430. 2^13 and
// 2^15: all the primes that fit, 7 and 28. 2^16: the 30 levels of `resnet20`, log QP 1290 of 1747.
constexpr std::array<ckks::ParamsSpec, 4> kSets = {{
    {.log_n = 13, .chain_primes = 5, .special_primes = 2},
    {.log_n = 14, .chain_primes = 11, .special_primes = 3},
    {.log_n = 15, .chain_primes = 21, .special_primes = 7},
    {.log_n = 16, .chain_primes = 32, .special_primes = 11},
}};

// What is measured is recycled, as the runtime does; keys and plaintexts are not of a workspace.
void recycle(ckks::Ciphertext ct, ckks::Workspace& workspace) { std::move(ct).recycle(workspace); }
void recycle(std::vector<ckks::Ciphertext> cts, ckks::Workspace& workspace) {
  for (auto& ct : cts) std::move(ct).recycle(workspace);
}
template <typename T>
void recycle(const T&, ckks::Workspace&) {}

/// The rows of one parameter set at one level. Each verb's result is checked before it is timed.
class Rows {
 public:
  Rows(const BenchOptions& options, CkksSubject& subject) : options_(options), s_(subject) {}

  Status time_all() {
    VEILRAY_CHECK_OK(client());
    VEILRAY_CHECK_OK(products());
    VEILRAY_CHECK_OK(rotations());
    return keys();
  }
  std::vector<BenchRow> take() && { return std::move(rows_); }

 private:
  /// `check` takes what `work` gives.
  template <typename Work, typename Check>
  Status row(
      const char* name, const Work& work, const Check& check, Json results = Json::object(),
      const std::function<void()>& prepare = [] {}) {
    prepare();
    const Status checked = check(work());
    if (!checked.ok()) return Failure{checked.failure().code, checked.failure().what, name};
    const auto& params = s_.params;
    const RingFacts facts = {params.log_n(), params.log_q(), params.log_p(),
                             params.dnum(),  s_.level.value, math::kernels().name};
    const auto timing = measure(options_, prepare, [&] { recycle(work(), s_.workspace); });
    rows_.push_back({name, to_json(facts), timing, std::move(results)});
    return Done{};
  }
  /// Of a ciphertext with the slots `expected`.
  template <typename Work>
  Status row(const char* name, const Work& work, const std::vector<double>& expected) {
    return row(name, work, [&](const ckks::Ciphertext& ct) { return s_.check(ct, expected); });
  }
  /// Of work that uses up its operand, of which it gets copies.
  template <typename Work>
  Status row_on(const char* name, const ckks::Ciphertext& operand, const Work& work,
                const std::vector<double>& expected) {
    ckks::Ciphertext copy;
    return row(
        name, [&] { return work(std::move(copy)); },
        [&](const ckks::Ciphertext& ct) { return s_.check(ct, expected); }, Json::object(),
        // A rotation by 0 copies into the workspace's memory.
        [&] { copy = s_.evaluator.rotate(operand, {0}, s_.galois, s_.workspace); });
  }

  Status client() {
    VEILRAY_CHECK_OK(row(
        "encode", [&] { return s_.encoder.encode(s_.message, s_.level, kBenchScale); },
        [&](const ckks::Plaintext& plaintext) {
          return s_.check(s_.encoder.decode_real(plaintext), s_.message);
        }));
    const auto sent = serialize(s_.params, {}, s_.encryptor.encrypt_seeded(s_.plaintext));
    VEILRAY_CHECK_OK(row(
        "encrypt", [&] { return s_.encryptor.encrypt_seeded(s_.plaintext); },
        [&](const ckks::SeededCiphertext& ct) {
          return s_.check(expand(s_.params, ct), s_.message);
        },
        {{"request_bytes", sent.size()}}));
    return row(
        "decrypt", [&] { return s_.encoder.decode_real(s_.decryptor.decrypt(s_.ct)); },
        [&](const std::vector<double>& slots) { return s_.check(slots, s_.message); });
  }

  Status products() {
    const auto& e = s_.evaluator;
    auto& ws = s_.workspace;
    const auto& key = s_.relinearization;
    const auto product = e.relinearize(e.multiply(s_.ct, s_.ct, ws), key, ws);
    VEILRAY_CHECK_OK(row_on(
        "multiply_plain", s_.ct,
        [&](ckks::Ciphertext ct) { return e.multiply_plain(std::move(ct), s_.plaintext); },
        s_.squared));
    VEILRAY_CHECK_OK(row("multiply", [&] { return e.multiply(s_.ct, s_.ct, ws); }, s_.squared));
    VEILRAY_CHECK_OK(row(
        "multiply_relinearize",
        [&] {
          auto squared = e.multiply(s_.ct, s_.ct, ws);
          auto result = e.relinearize(squared, key, ws);
          std::move(squared).recycle(ws);
          return result;
        },
        s_.squared));
    return row("rescale", [&] { return e.rescale(product, ws); }, s_.squared);
  }

  Status rotations() {
    const auto& e = s_.evaluator;
    auto& ws = s_.workspace;
    VEILRAY_CHECK_OK(
        row("rotate", [&] { return e.rotate(s_.ct, {1}, s_.galois, ws); }, rotated(s_.message, 1)));
    for (const auto& [name, count] :
         {std::pair{"rotate_hoisted_8", 8U}, {"rotate_hoisted_16", 16U}}) {
      const auto steps = s_.steps(count);
      VEILRAY_CHECK_OK(row(
          name, [&] { return e.rotate_many(s_.ct, steps, s_.galois, ws); },
          [&](const std::vector<ckks::Ciphertext>& cts) { return check_rotated(cts, steps); }));
    }
    const Diagonals diagonals(s_.encoder, s_.level, kBenchScale);
    return row(
        "linear_transform", [&] { return diagonals.apply(s_.params, e, s_.galois, s_.ct, ws); },
        diagonals.apply(s_.message));
  }

  Status check_rotated(const std::vector<ckks::Ciphertext>& cts,
                       const std::vector<ckks::RotationStep>& steps) const {
    for (std::size_t i = 0; i < cts.size(); ++i)
      VEILRAY_CHECK_OK(s_.check(cts[i], rotated(s_.message, steps[i].value)));
    return Done{};
  }

  Status keys() {
    const auto element = ckks::to_galois_element({1}, s_.params.n());
    VEILRAY_CHECK_OK(row(
        "keygen_rotation", [&] { return s_.generator.galois_key(element, s_.level); },
        [&](ckks::KeySwitchKey key) {
          ckks::GaloisKeys keys;
          keys.add(element, std::move(key));
          return s_.check(s_.evaluator.rotate(s_.ct, {1}, keys, s_.workspace),
                          rotated(s_.message, 1));
        },
        {{"key_bytes", rotation_key_bytes(s_)}}));
    return row(
        "keygen_public", [&] { return s_.generator.public_key(); },
        [&](const ckks::PublicKey& key) {
          return s_.check(encrypt(s_.params, key, s_.plaintext, s_.secret_rng, s_.workspace),
                          s_.message);
        });
  }

  const BenchOptions& options_;
  CkksSubject& s_;
  std::vector<BenchRow> rows_;
};

}  // namespace

Result<std::vector<BenchRow>> bench_ckks(const BenchOptions& options, Context& context) {
  std::vector<BenchRow> rows;
  const auto sizes = wanted_log_n(options);
  std::size_t done = 0;
  for (const auto& set : kSets) {
    if (std::ranges::count(sizes, set.log_n) == 0) continue;
    VEILRAY_TRY(params, ckks::Params::create(set));
    const auto top = params.max_level();
    for (const ckks::Level level : {top, ckks::Level{top.value / 2}}) {
      context.progress.update("ckks", done++, 2 * sizes.size());
      CkksSubject subject(params, level);
      Rows measured(options, subject);
      VEILRAY_CHECK_OK(measured.time_all());
      for (auto& row : std::move(measured).take()) rows.push_back(std::move(row));
    }
  }
  context.progress.update("ckks", done, done);
  return rows;
}

}  // namespace veilray::cli
