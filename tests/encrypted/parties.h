#pragma once
// For tests: a server with a model and a client with keys, who exchange nothing but bytes.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/thread_pool.h"
#include "ckks/wire.h"
#include "client/keys.h"
#include "client/request.h"
#include "graph/interpret.h"
#include "plan/model.h"
#include "plan/networks_testing.h"
#include "runtime/compile.h"
#include "runtime/incoming.h"
#include "runtime/inference.h"

namespace veilray::testing {

/// Compiles a fused network into a model.
inline plan::LoadedModel compiled(graph::Graph network, std::uint8_t id = 1,
                                  double precision = 1e-3, std::uint32_t images = 1) {
  SilentProgress silent;
  ThreadPool pool(1);
  plan::Model model;
  model.name = network.name;
  model.architecture = network.name;
  model.id.fill(std::byte{id});
  model.plan =
      runtime::compile(network, {.precision = precision, .calibration = {}, .images = images}, pool,
                       silent)
          .value();
  model.network = std::move(network);
  return plan::assemble(std::move(model)).value();
}

struct Server {
  Server(const plan::LoadedModel& loaded, std::size_t threads)
      : model(loaded), pool(threads), inference(model, pool, silent) {}
  Server(const Server&) = delete;

  /// Keys and request as they travel.
  Result<plan::Bytes> answer(std::span<const std::byte> keys, std::span<const std::byte> request) {
    VEILRAY_TRY(parsed, runtime::parse_keys(model, keys));
    return inference.answer(request, parsed, rng);
  }

  const plan::LoadedModel& model;
  ThreadPool pool;
  SilentProgress silent;
  SeededRng rng{99};
  runtime::Inference inference;
};

/// Everything a client has comes out of the kit.
struct Client {
  explicit Client(const plan::ClientKit& client_kit, std::uint64_t seed = 1)
      : kit(client_kit),
        params(ckks::Params::create(kit.params).value()),
        secret_rng(seed),
        public_rng(seed + 1000),
        keys(client::generate_keys(params, kit, secret_rng, public_rng, silent)),
        evaluation_key(ckks::serialize(params, keys.evaluation)),
        file{keys.client_id, kit.fingerprint(), std::move(keys.secret)},
        talk(params, kit, file) {}
  Client(const Client&) = delete;

  plan::Bytes request(const tensor::Tensor& latent) {
    return talk.encrypt(latent, secret_rng, public_rng).value();
  }

  plan::ClientKit kit;
  ckks::Params params;
  SilentProgress silent;
  SeededRng secret_rng, public_rng;
  client::Keys keys;
  plan::Bytes evaluation_key;
  ckks::SecretKeyFile file;
  client::Client talk;
};

inline double largest_difference(const std::vector<double>& got, const tensor::Tensor& want) {
  double largest = got.size() == want.data.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < got.size() && i < want.data.size(); ++i) {
    const double difference = std::abs(got[i] - static_cast<double>(want.data[i]));
    largest = std::isnan(difference) ? INFINITY : std::max(largest, difference);
  }
  return largest;
}

}  // namespace veilray::testing
