#include "base/random.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/secure_memory.h"

namespace veilray {
namespace {

void require(bool condition, const char* message) {
  if (!condition) throw Error(ErrorCode::kInternal, message);
}

Seed seed_from_number(std::uint64_t number) {
  Seed seed{};
  std::memcpy(seed.data(), &number, sizeof(number));
  return seed;
}

/// Goes through SeedExpander's constructor and is wiped on the way out.
struct SystemSeed {
  Seed seed{};
  SystemSeed() {
    // getentropy is getrandom without its partial reads, and exists in WebAssembly's libc too.
    require(getentropy(seed.data(), seed.size()) == 0, "the operating system gives no entropy");
  }
  SystemSeed(const SystemSeed&) = delete;
  SystemSeed& operator=(const SystemSeed&) = delete;
  ~SystemSeed() { wipe(seed); }
};

}  // namespace

std::uint64_t Rng::next_u64() {
  std::uint64_t value = 0;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

Seed Rng::next_seed() {
  Seed seed;
  fill(seed);
  return seed;
}

struct SeedExpander::Cipher {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  Cipher() = default;
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;
  ~Cipher() { EVP_CIPHER_CTX_free(context); }  // wipes the key
};

SeedExpander::SeedExpander(const Seed& seed, std::uint64_t domain)
    : cipher_(std::make_unique<Cipher>()) {
  // OpenSSL's 16-byte IV is a 64-bit block counter followed by a 64-bit nonce.
  std::array<unsigned char, 16> iv{};
  std::memcpy(iv.data() + 8, &domain, sizeof(domain));
  const auto* key = reinterpret_cast<const unsigned char*>(seed.data());
  require(cipher_->context != nullptr, "no memory for a cipher");
  require(EVP_EncryptInit_ex(cipher_->context, EVP_chacha20(), nullptr, key, iv.data()) == 1,
          "OpenSSL has no ChaCha20");
}

SeedExpander::~SeedExpander() = default;
SeedExpander::SeedExpander(SeedExpander&&) noexcept = default;
SeedExpander& SeedExpander::operator=(SeedExpander&&) noexcept = default;

void SeedExpander::fill(std::span<std::byte> out) {
  // The key stream is the encryption of zeros. Lengths are int: go by pieces.
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  if (!out.empty()) std::memset(out.data(), 0, out.size());
  while (!out.empty()) {
    const auto piece = out.first(std::min(out.size(), kPiece));
    auto* at = reinterpret_cast<unsigned char*>(piece.data());
    int written = 0;
    const int wanted = static_cast<int>(piece.size());
    const int status = EVP_EncryptUpdate(cipher_->context, at, &written, at, wanted);
    require(status == 1 && written == wanted, "ChaCha20 failed");
    out = out.subspan(piece.size());
  }
}

SystemRng::SystemRng() : stream_(SystemSeed().seed) {}
void SystemRng::fill(std::span<std::byte> out) { stream_.fill(out); }

SeededRng::SeededRng(std::uint64_t seed) : stream_(seed_from_number(seed)) {}
void SeededRng::fill(std::span<std::byte> out) { stream_.fill(out); }

}  // namespace veilray
