#include "ckks/require.h"

#include <string>

#include "base/error.h"

namespace veilray::ckks {

void require_same_level(Level a, Level b) {
  if (a != b) {
    throw Error(ErrorCode::kLevelMismatch, "operands at levels " + std::to_string(a.value) +
                                               " and " + std::to_string(b.value));
  }
}

void require_same_scale(Scale a, Scale b) {
  if (!same_scale(a, b)) {
    throw Error(ErrorCode::kScaleMismatch, "operands of scales " + std::to_string(a.value) +
                                               " and " + std::to_string(b.value));
  }
}

void require_degree(const Ciphertext& ct, std::uint32_t degree) {
  if (ct.degree() != degree) {
    throw Error(ErrorCode::kInvalidArgument, "a ciphertext of degree " +
                                                 std::to_string(ct.degree()) + " where " +
                                                 std::to_string(degree) + " is needed");
  }
}

void require_matching(const Ciphertext& a, const Ciphertext& b) {
  require_degree(b, a.degree());
  require_same_level(a.level(), b.level());
  require_same_scale(a.scale(), b.scale());
}

void require_plaintext(const Params& params, Level level, const Plaintext& plaintext) {
  if (plaintext.n() != params.n()) {
    throw Error(ErrorCode::kInvalidArgument, "a plaintext of another ring");
  }
  if (plaintext.level() < level) {
    throw Error(ErrorCode::kLevelMismatch,
                "a plaintext at level " + std::to_string(plaintext.level().value) +
                    " for a ciphertext at " + std::to_string(level.value));
  }
}

void require_products(std::span<const Ciphertext* const> a, std::span<const Ciphertext* const> b) {
  if (a.empty() || a.size() != b.size()) {
    throw Error(ErrorCode::kInvalidArgument, "a sum of products of " + std::to_string(a.size()) +
                                                 " by " + std::to_string(b.size()) +
                                                 " ciphertexts");
  }
  const Scale scale{a[0]->scale().value * b[0]->scale().value};
  for (std::size_t k = 0; k < a.size(); ++k) {
    require_degree(*a[k], 1);
    require_degree(*b[k], 1);
    require_same_level(a[k]->level(), a[0]->level());
    require_same_level(b[k]->level(), a[0]->level());
    require_same_scale({a[k]->scale().value * b[k]->scale().value}, scale);
  }
}

const GaloisKey& require_key(const GaloisKeys& keys, GaloisElement element) {
  const GaloisKey* key = keys.find(element);
  if (key == nullptr) {
    throw Error(ErrorCode::kMissingKey,
                "no key for the Galois element " + std::to_string(element.value));
  }
  return *key;
}

}  // namespace veilray::ckks
