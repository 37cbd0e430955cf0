#pragma once
// Randomness behind one interface. The stream cipher is OpenSSL's ChaCha20; nothing here is our
// own.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace veilray {

/// 256 bits from which a stream is expanded.
using Seed = std::array<std::byte, 32>;

/// A source of uniform bytes. Always an argument, never a global.
class Rng {
 public:
  virtual ~Rng() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  std::uint64_t next_u64();
  Seed next_seed();
};

/// The ChaCha20 key stream of a seed. The same seed gives the same bytes on every machine: this is
/// how the uniform half of a seeded key or ciphertext travels as 32 bytes. `domain` separates
/// streams of one seed (it becomes the nonce).
class SeedExpander final : public Rng {
 public:
  explicit SeedExpander(const Seed& seed, std::uint64_t domain = 0);
  ~SeedExpander() override;
  SeedExpander(SeedExpander&&) noexcept;
  SeedExpander& operator=(SeedExpander&&) noexcept;
  void fill(std::span<std::byte> out) override;

 private:
  struct Cipher;
  std::unique_ptr<Cipher> cipher_;
};

/// For programs: a SeedExpander keyed from the operating system (getrandom), one per object.
/// Throws: Error{kInternal} if the operating system gives no entropy.
class SystemRng final : public Rng {
 public:
  SystemRng();
  void fill(std::span<std::byte> out) override;

 private:
  SeedExpander stream_;
};

/// For tests and benchmarks only: reproducible from a number that a failing test prints.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed);
  void fill(std::span<std::byte> out) override;

 private:
  SeedExpander stream_;
};

}  // namespace veilray
