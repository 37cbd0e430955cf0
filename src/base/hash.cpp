#include "base/hash.h"

#include <openssl/evp.h>

#include "base/error.h"

namespace veilray {

Sha256 sha256(std::span<const std::byte> bytes) {
  Sha256 digest{};
  auto* out = reinterpret_cast<unsigned char*>(digest.data());
  unsigned int length = 0;
  const int status = EVP_Digest(bytes.data(), bytes.size(), out, &length, EVP_sha256(), nullptr);
  if (status != 1 || length != digest.size()) {
    throw Error(ErrorCode::kInternal, "OpenSSL has no SHA-256");
  }
  return digest;
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte b : bytes) {
    text += kDigits[std::to_integer<unsigned>(b) >> 4];
    text += kDigits[std::to_integer<unsigned>(b) & 15];
  }
  return text;
}

}  // namespace veilray
