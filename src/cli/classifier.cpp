#include "cli/classifier.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/in_file.h"
#include "ckks/encoder.h"
#include "ckks/secret/decryptor.h"
#include "ckks/wire.h"
#include "cli/console.h"
#include "cli/sharing.h"
#include "client/keys.h"
#include "graph/interpret.h"
#include "plan/images.h"
#include "runtime/incoming.h"

namespace veilray::cli {
namespace {

constexpr std::uint64_t kMaxKeyBytes = std::uint64_t{4} << 30;

/// A secret key for the client, and the bytes of the evaluation keys for the server.
struct KeyPair {
  ckks::SecretKeyFile secret;
  plan::Bytes evaluation;
};

KeyPair make_keys(const plan::LoadedModel& model, Progress& progress) {
  SystemRng secret_rng;
  SystemRng public_rng;
  auto keys = client::generate_keys(model.params, model.kit, secret_rng, public_rng, progress);
  return {{keys.client_id, model.kit.fingerprint(), std::move(keys.secret)},
          ckks::serialize(model.params, keys.evaluation)};
}

Result<KeyPair> load_keys(const plan::LoadedModel& model, const std::filesystem::path& folder) {
  VEILRAY_TRY(secret, client::load_secret_key(folder, model.params, model.kit));
  VEILRAY_TRY(evaluation, read_file(folder / "evaluation.key", kMaxKeyBytes));
  return KeyPair{std::move(secret), std::move(evaluation)};
}

}  // namespace

Status classify_all(
    Classifier& classifier, std::span<const tensor::Tensor> latents,
    const std::function<Status(std::size_t first, const Classified& classified)>& take) {
  for (std::size_t first = 0; first < latents.size(); first += classifier.most()) {
    const auto count = std::min(classifier.most(), latents.size() - first);
    VEILRAY_TRY(classified, classifier.classify(latents.subspan(first, count)));
    VEILRAY_CHECK_OK(take(first, classified));
  }
  return Done{};
}

std::vector<std::vector<double>> logits_of_each(std::span<const double> logits, std::size_t count,
                                                std::int64_t outputs) {
  std::vector<std::vector<double>> each;
  for (std::size_t image = 0; image < count; ++image) {
    const auto own = plan::of_image(logits, image, outputs);
    each.emplace_back(own.begin(), own.end());
  }
  return each;
}

Result<Classified> PlainClassifier::classify(std::span<const tensor::Tensor> latents) {
  VEILRAY_TRY(checked, client::check_latent(model_.kit, latents.front()));
  const Stopwatch watch;
  const auto logits = graph::run(model_.model.network, checked);
  Classified classified;
  classified.logits.emplace_back(logits.data.begin(), logits.data.end());
  classified.ms.infer = watch.ms();
  return classified;
}

Result<std::unique_ptr<EncryptedClassifier>> EncryptedClassifier::create(
    const plan::LoadedModel& model, const std::filesystem::path& keys, ThreadPool& pool,
    Progress& progress) {
  const Stopwatch keygen;
  VEILRAY_TRY(pair, keys.empty() ? make_keys(model, progress) : load_keys(model, keys));
  const double keygen_ms = keygen.ms();
  std::unique_ptr<EncryptedClassifier> made(new EncryptedClassifier(model, std::move(pair.secret)));
  VEILRAY_CHECK_OK(
      in_file(keys / "evaluation.key", made->start_server(pair.evaluation, pool, progress)));
  made->set_up_.keygen_ms = keygen_ms;
  return made;
}

Status EncryptedClassifier::start_server(std::span<const std::byte> evaluation_keys,
                                         ThreadPool& pool, Progress& progress) {
  const Stopwatch load;
  inference_ = std::make_unique<runtime::Inference>(model_, pool, progress);
  VEILRAY_TRY(keys, runtime::parse_keys(model_, evaluation_keys));
  evaluation_ = std::move(keys);
  set_up_.load_ms = load.ms();
  set_up_.key_bytes = evaluation_keys.size();
  return Done{};
}

std::vector<double> EncryptedClassifier::slots(const ckks::Ciphertext& ct) const {
  const ckks::Decryptor decryptor(model_.params, key_.key);
  return ckks::Encoder(model_.params).decode_real(decryptor.decrypt(ct));
}

Result<Classified> EncryptedClassifier::classify(std::span<const tensor::Tensor> latents) {
  Classified classified;
  const Stopwatch encrypt;
  VEILRAY_TRY(request, client_.encrypt(latents, secret_rng_, public_rng_));
  classified.ms.encrypt = encrypt.ms();

  const Stopwatch infer;
  VEILRAY_TRY(answer, inference_->answer(request, evaluation_, server_rng_, trace_));
  classified.ms.infer = infer.ms();
  classified.bytes = {request.size(), answer.size()};

  const Stopwatch decrypt;
  if (audience_ == Audience::kShared) {
    VEILRAY_TRY(flooded, flood_answer(model_.params, key_, answer, secret_rng_));
    answer = std::move(flooded.bytes);
    classified.flood_bits = flooded.flood_bits;
  }
  VEILRAY_TRY(logits, client_.decrypt(answer));
  classified.logits = logits_of_each(logits, latents.size(), model_.kit.outputs);
  classified.ms.decrypt = decrypt.ms();
  return classified;
}

}  // namespace veilray::cli
