#include "base/secure_memory.h"

#include <openssl/crypto.h>

namespace veilray {

void wipe(std::span<std::byte> bytes) noexcept {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace veilray
