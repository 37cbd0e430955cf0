#pragma once
// Latents to logits: through client and server in one process, or in the clear.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/progress.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "ckks/evaluation_keys.h"
#include "ckks/secret/secret_key.h"
#include "cli/reports.h"
#include "client/request.h"
#include "plan/model.h"
#include "runtime/inference.h"

namespace veilray::cli {

/// What some latents' logits are, what they took together, and the bytes that would have crossed a
/// network.
struct Classified {
  std::vector<std::vector<double>> logits;  // of each latent
  StageTimes ms;
  WireBytes bytes;
  std::uint32_t flood_bits = 0;
};

class Classifier {
 public:
  virtual ~Classifier() = default;
  /// The most that it takes at once: as many as a request carries.
  virtual std::size_t most() const = 0;
  /// Of one latent, or up to `most` of them.
  virtual Result<Classified> classify(std::span<const tensor::Tensor> latents) = 0;
};

/// Calls take(first, classified) for all latents, as many at a time as the classifier takes.
Status classify_all(
    Classifier& classifier, std::span<const tensor::Tensor> latents,
    const std::function<Status(std::size_t first, const Classified& classified)>& take);

/// An answer's logits, image after image: of the first `count` images.
std::vector<std::vector<double>> logits_of_each(std::span<const double> logits, std::size_t count,
                                                std::int64_t outputs);

/// The float network.
class PlainClassifier final : public Classifier {
 public:
  /// `model` must outlive it.
  explicit PlainClassifier(const plan::LoadedModel& model) : model_(model) {}
  std::size_t most() const override { return 1; }
  Result<Classified> classify(std::span<const tensor::Tensor> latents) override;

 private:
  const plan::LoadedModel& model_;
};

/// Client and server with nothing between them but the bytes that a network would carry: the
/// evaluation keys once, then a request and an answer for as many latents as one carries.
class EncryptedClassifier final : public Classifier {
 public:
  /// Keys from a folder, or, where it is empty, made now and forgotten afterwards. `model` and
  /// `pool` must outlive it.
  static Result<std::unique_ptr<EncryptedClassifier>> create(const plan::LoadedModel& model,
                                                             const std::filesystem::path& keys,
                                                             ThreadPool& pool, Progress& progress);
  std::size_t most() const override { return model_.kit.images; }
  Result<Classified> classify(std::span<const tensor::Tensor> latents) override;

  /// From now on answers are flooded before they are decrypted.
  void share(Audience audience) { audience_ = audience; }
  /// Times each step of the program from now on; read after `classify`.
  void trace(runtime::Trace* trace) { trace_ = trace; }

  /// The message of a ciphertext of the program: for whoever asks how far it is off.
  std::vector<double> slots(const ckks::Ciphertext& ct) const;

  struct SetUp {
    double keygen_ms = 0, load_ms = 0;
    std::uint64_t key_bytes = 0;
  };
  const SetUp& set_up() const noexcept { return set_up_; }

 private:
  EncryptedClassifier(const plan::LoadedModel& model, ckks::SecretKeyFile key)
      : model_(model), key_(std::move(key)), client_(model.params, model.kit, key_) {}
  Status start_server(std::span<const std::byte> evaluation_keys, ThreadPool& pool,
                      Progress& progress);

  const plan::LoadedModel& model_;
  // The client's side.
  ckks::SecretKeyFile key_;
  client::Client client_;
  SystemRng secret_rng_, public_rng_;
  Audience audience_ = Audience::kOwner;
  // The server's side.
  std::unique_ptr<runtime::Inference> inference_;
  ckks::EvaluationKeyBundle evaluation_;
  SystemRng server_rng_;
  runtime::Trace* trace_ = nullptr;

  SetUp set_up_;
};

}  // namespace veilray::cli
