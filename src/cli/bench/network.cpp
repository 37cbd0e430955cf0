// A whole network, and what its client does: keys, a request, an answer. Client and server hold
// nothing in common but bytes, and the server's memory is measured while nothing else is at work.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"
#include "ckks/wire.h"
#include "cli/bench/harness.h"
#include "cli/bench/subject.h"
#include "cli/bench/vqgan.h"
#include "client/keys.h"
#include "client/request.h"
#include "graph/interpret.h"
#include "runtime/incoming.h"
#include "runtime/inference.h"

namespace veilray::cli {
namespace {

constexpr std::size_t kRows = 7;

/// What crosses the network.
struct Traffic {
  plan::Bytes evaluation_keys;
  std::vector<plan::Bytes> requests, answers;  // of as many latents as a request carries
};

/// The parameters of every row: "hefnet, attention se" is told apart again.
Json shape_of(const plan::LoadedModel& model, std::size_t threads) {
  constexpr std::string_view kBetween = ", attention ";
  const auto& text = model.model.architecture;
  const auto cut = text.find(kBetween);
  const auto input = model.kit.latent_shape();
  return {{"model", model.model.name},
          {"arch", text.substr(0, cut)},
          {"attention", cut == text.npos ? "none" : text.substr(cut + kBetween.size())},
          {"in_channels", input[0]},
          {"size", input[1]},
          {"images", model.kit.images},
          {"threads", threads}};
}

/// The keys' bytes, and the secret one. SeededRng: a benchmark repeats itself.
struct Hospital {
  explicit Hospital(const plan::LoadedModel& served) : model(served) {}

  void make_keys() {
    SilentProgress silent;
    auto keys = client::generate_keys(model.params, model.kit, secret_rng, public_rng, silent);
    key.emplace(keys.client_id, model.kit.fingerprint(), std::move(keys.secret));
    traffic.evaluation_keys = ckks::serialize(model.params, keys.evaluation);
  }
  /// Once there are keys.
  client::Client client() const { return {model.params, model.kit, *key}; }

  const plan::LoadedModel& model;
  SeededRng secret_rng{1}, public_rng{2};
  std::optional<ckks::SecretKeyFile> key;
  Traffic traffic;
};

/// What request `request` carries.
std::span<const tensor::Tensor> latents_of(const BenchSubject& subject, std::size_t request) {
  const std::size_t each = subject.model.kit.images, first = request * each;
  const std::span all(subject.latents);
  return all.subspan(first, std::min(each, all.size() - first));
}

BenchRow time_keygen(const BenchOptions& options, Hospital& hospital) {
  return {"keygen", shape_of(hospital.model, 1), measure(options, [&] { hospital.make_keys(); })};
}

Result<BenchRow> time_encrypt(const BenchOptions& options, const BenchSubject& subject,
                              Hospital& hospital) {
  const auto client = hospital.client();
  const auto encrypt = [&](std::size_t request) {
    return client.encrypt(latents_of(subject, request), hospital.secret_rng, hospital.public_rng);
  };
  const std::size_t each = subject.model.kit.images;
  for (std::size_t i = 0; i * each < subject.latents.size(); ++i) {
    VEILRAY_TRY(request, encrypt(i));
    hospital.traffic.requests.push_back(std::move(request));
  }
  const auto ms = measure(options, [&] { (void)encrypt(0); });
  return BenchRow{"encrypt", shape_of(hospital.model, 1), ms};
}

/// The largest error of a logit. Fails if the model promised less.
Result<double> largest_error(const BenchSubject& subject, const Hospital& hospital) {
  double worst = 0;
  for (std::size_t i = 0; i < hospital.traffic.answers.size(); ++i) {
    VEILRAY_TRY(answer, hospital.client().decrypt(hospital.traffic.answers[i]));
    std::size_t k = 0;
    for (const auto& latent : latents_of(subject, i))
      for (const float want : graph::run(subject.model.model.network, latent).data) {
        const double error = std::abs(answer[k++] - static_cast<double>(want));
        worst = error > worst || std::isnan(error) ? error : worst;
      }
  }
  if (worst <= subject.model.model.plan.precision) return worst;
  return Failure{
      ErrorCode::kInternal,
      fmt::format("the benchmark's result is wrong: network: a logit errs by {:.1e}, where "
                  "the model promises {:.1e}",
                  worst, subject.model.model.plan.precision)};
}

/// Each repetition answers another request, of as many images as one carries. The peak is that of a
/// server: the model, its weights encoded, one client's keys as sent and as used, and the work; the
/// requests are small.
Result<BenchRow> time_network(const BenchOptions& options, const BenchSubject& subject,
                              Hospital& hospital, Context& context) {
  auto& traffic = hospital.traffic;
  traffic.answers.resize(traffic.requests.size());
  SeededRng rng(3);
  Timing ms;
  reset_peak_rss();
  {
    runtime::Inference inference(subject.model, context.pool, context.progress);
    VEILRAY_TRY(keys, runtime::parse_keys(subject.model, traffic.evaluation_keys));
    std::size_t turn = 0;
    ms = measure(options, [&] {
      const std::size_t i = turn++ % traffic.requests.size();
      traffic.answers[i] = inference.answer(traffic.requests[i], keys, rng).value();
    });
  }
  const double peak = peak_rss_mb();
  VEILRAY_TRY(error, largest_error(subject, hospital));
  const auto& params = subject.model.params;
  return BenchRow{"network",
                  shape_of(subject.model, context.pool.threads()),
                  ms,
                  {{"peak_rss_mb", peak},
                   {"key_bytes", traffic.evaluation_keys.size()},
                   {"request_bytes", traffic.requests.front().size()},
                   {"response_bytes", traffic.answers.front().size()},
                   {"max_abs_error", error},
                   {"levels", params.max_level().value},
                   {"rotations", subject.model.kit.rotations.size()},
                   {"log_n", params.log_n()},
                   {"log_qp", params.log_qp()}}};
}

BenchRow time_decrypt(const BenchOptions& options, const Hospital& hospital) {
  const auto client = hospital.client();
  return {"decrypt", shape_of(hospital.model, 1),
          measure(options, [&] { (void)client.decrypt(hospital.traffic.answers.front()); })};
}

/// Weights encoded and one client's keys parsed: from a loaded model to a server that can answer.
BenchRow time_load(const BenchOptions& options, const Hospital& hospital, Context& context) {
  const auto ms = measure(options, [&] {
    const runtime::Inference inference(hospital.model, context.pool, context.progress);
    (void)runtime::parse_keys(hospital.model, hospital.traffic.evaluation_keys);
  });
  return {"load", shape_of(hospital.model, context.pool.threads()), ms};
}

}  // namespace

Result<std::vector<BenchRow>> bench_network(const BenchOptions& options, Context& context) {
  VEILRAY_TRY(subject, bench_subject(options, context));
  std::vector<BenchRow> rows;
  const auto add = [&](BenchRow row) {
    rows.push_back(std::move(row));
    context.progress.update("network", rows.size(), kRows);
  };
  VEILRAY_TRY(images, bench_vqgan(options, subject.vqgan, context));
  for (auto& row : images) add(std::move(row));
  subject.vqgan.reset();  // the server has none
  Hospital hospital(subject.model);
  add(time_keygen(options, hospital));
  VEILRAY_TRY(encrypt, time_encrypt(options, subject, hospital));
  add(std::move(encrypt));
  VEILRAY_TRY(network, time_network(options, subject, hospital, context));
  add(std::move(network));
  add(time_decrypt(options, hospital));
  add(time_load(options, hospital, context));
  return rows;
}

}  // namespace veilray::cli
