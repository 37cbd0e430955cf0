#pragma once
// A client's keys: made, kept in a folder, loaded.
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/random.h"
#include "ckks/evaluation_keys.h"
#include "ckks/params.h"
#include "ckks/secret/secret_key.h"
#include "plan/client_kit.h"

namespace veilray::client {

/// What `keygen` makes. Holds the secret key: stays with the client.
struct Keys {
  ckks::ClientId client_id{};
  ckks::SecretKey secret;
  ckks::EvaluationKeyBundle evaluation;
};

/// Mints a client id and all keys that `kit` asks for, each rotation at its own level.
/// `secret_rng` feeds secrets and errors, `public_rng` what is published.
Keys generate_keys(const ckks::Params& params, const plan::ClientKit& kit, Rng& secret_rng,
                   Rng& public_rng, Progress& progress);

/// Writes secret.key (0600), public.key and evaluation.key; the folder appears whole or not at all.
Status save_keys(const std::filesystem::path& folder, const ckks::Params& params,
                 const plan::ClientKit& kit, const Keys& keys, Overwrite overwrite);

/// `folder`/secret.key. Fails with kFingerprintMismatch for keys of another model, kIo, kMalformed,
/// or kInsecure if others may read the file.
Result<ckks::SecretKeyFile> load_secret_key(const std::filesystem::path& folder,
                                            const ckks::Params& params, const plan::ClientKit& kit);

}  // namespace veilray::client
