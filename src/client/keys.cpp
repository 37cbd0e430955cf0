#include "client/keys.h"

#include <sys/stat.h>

#include "base/staged_folder.h"
#include "ckks/secret/key_generator.h"
#include "ckks/wire.h"

namespace veilray::client {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxSecretKeyBytes = 16 << 20;
constexpr std::uint32_t kOwnerOnly = 0600, kOwnersFolder = 0700;

}  // namespace

Keys generate_keys(const ckks::Params& params, const plan::ClientKit& kit, Rng& secret_rng,
                   Rng& public_rng, Progress& progress) {
  Keys keys{{}, ckks::SecretKey(params, secret_rng), {}};
  public_rng.fill(keys.client_id);
  ckks::KeyGenerator generator(params, keys.secret, secret_rng, public_rng);
  keys.evaluation.client_id = keys.client_id;
  keys.evaluation.model = kit.fingerprint();
  keys.evaluation.public_key = generator.public_key();
  keys.evaluation.relinearization = generator.relinearization_key(kit.relinearization);
  std::size_t done = 0;
  for (const auto& rotation : kit.rotations) {
    const auto element =
        ckks::to_galois_element({static_cast<std::int32_t>(rotation.step)}, params.n());
    keys.evaluation.galois.add(element, generator.galois_key(element, rotation.level));
    progress.update("making keys", ++done, kit.rotations.size());
  }
  return keys;
}

Status save_keys(const fs::path& folder, const ckks::Params& params, const plan::ClientKit& kit,
                 const Keys& keys, Overwrite overwrite) {
  return write_folder(
      folder, {overwrite, "secret.key", kOwnersFolder}, [&](const fs::path& at) -> Status {
        const auto secret = ckks::serialize(params, keys.client_id, kit.fingerprint(), keys.secret);
        VEILRAY_CHECK_OK(
            write_file(at / "secret.key", secret.span(), {Overwrite::kRefuse, kOwnerOnly}));
        VEILRAY_CHECK_OK(
            write_file(at / "public.key", ckks::serialize(params, keys.evaluation.public_key)));
        return write_file(at / "evaluation.key", ckks::serialize(params, keys.evaluation));
      });
}

Result<ckks::SecretKeyFile> load_secret_key(const fs::path& folder, const ckks::Params& params,
                                            const plan::ClientKit& kit) {
  const fs::path path = folder / "secret.key";
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0)
    return Failure{ErrorCode::kInsecure, "others may read the secret key", path.string(),
                   "run chmod 600 on it, or make new keys"};
  VEILRAY_TRY(bytes, read_file(path, kMaxSecretKeyBytes));
  auto file = ckks::parse_secret_key(params, bytes);
  wipe(bytes);
  if (!file.ok())
    return Failure{file.failure().code, file.failure().what, path.string(), file.failure().mend};
  if (file.value().model != kit.fingerprint())
    return Failure{ErrorCode::kFingerprintMismatch, "the keys were made for another model",
                   path.string(), "run keygen with this model's client kit"};
  return file;
}

}  // namespace veilray::client
