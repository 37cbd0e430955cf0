#pragma once
// The bytes that travel and rest; described byte by byte in docs/formats/. All parsers are bounded:
// they reject residues at or above their prime, impossible levels, degrees and scales, another
// fingerprint, a wrong checksum, and anything cut short or left over.
#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "ckks/ciphertext.h"
#include "ckks/compact.h"
#include "ckks/encryption.h"
#include "ckks/evaluation_keys.h"
#include "ckks/params.h"

namespace veilray::ckks {

/// Whose ciphertext, and for which model; opaque here, checked by the parser.
struct CiphertextOwner {
  ClientId client_id{};
  Sha256 model{};
  friend bool operator==(const CiphertextOwner&, const CiphertextOwner&) = default;
};

std::vector<std::byte> serialize(const Params& params, const CiphertextOwner& owner,
                                 const Ciphertext& ct);
std::vector<std::byte> serialize(const Params& params, const CiphertextOwner& owner,
                                 const SeededCiphertext& ct);

std::vector<std::byte> serialize(const Params& params, const CiphertextOwner& owner,
                                 const CompactCiphertext& ct);

/// The owner alone, so that a server can look up the keys. Checks magic, version and parameters.
Result<CiphertextOwner> parse_ciphertext_owner(const Params& params,
                                               std::span<const std::byte> wire);
/// The full or the seeded form, which is expanded. Fails with kFingerprintMismatch if the
/// parameters, the client or the model are not the expected ones, with kMalformed for everything
/// else.
Result<Ciphertext> parse_ciphertext(const Params& params, const CiphertextOwner& expected,
                                    std::span<const std::byte> wire);

/// What a client gets back.
using AnswerCiphertext = std::variant<Ciphertext, CompactCiphertext>;
/// The full or the compact form: a seeded ciphertext is a request, and its slots read as logits
/// would look like findings. Fails as parse_ciphertext does.
Result<AnswerCiphertext> parse_answer(const Params& params, const CiphertextOwner& expected,
                                      std::span<const std::byte> wire);

std::vector<std::byte> serialize(const Params& params, const EvaluationKeyBundle& keys);
/// `model`: as in the bundle; another one is a kFingerprintMismatch.
Result<EvaluationKeyBundle> parse_evaluation_keys(const Params& params, const Sha256& model,
                                                  std::span<const std::byte> wire);

/// `public.key`: for whoever encrypts for this client.
std::vector<std::byte> serialize(const Params& params, const PublicKey& key);
Result<PublicKey> parse_public_key(const Params& params, std::span<const std::byte> wire);

std::vector<std::byte> serialize(const Params& params);
/// Recomputes and checks everything that `Params::create` checks.
Result<Params> parse_params(std::span<const std::byte> wire);

}  // namespace veilray::ckks
