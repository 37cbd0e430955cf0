#include "base/random.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <vector>

#include "base/hash.h"

namespace veilray {
namespace {

std::vector<std::byte> bytes_of(Rng&& rng, std::size_t count) {
  std::vector<std::byte> bytes(count, std::byte{0xaa});
  rng.fill(bytes);
  return bytes;
}

Seed counting_seed() {
  Seed seed;
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::byte>(i);
  return seed;
}

// RFC 8439, appendix A.1: key zero, nonce zero, block 0 (vector 1) and block 1 (vector 2).
TEST(SeedExpander, GivesTheKeyStreamOfRfc8439) {
  const auto bytes = bytes_of(SeedExpander(Seed{}), 128);
  EXPECT_EQ(to_hex(bytes),
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
            "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
            "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
            "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");
}

// RFC 8439, appendix A.1, vector 5: key zero, block 0, last byte of the nonce 2.
TEST(SeedExpander, TakesTheDomainAsTheNonce) {
  const auto bytes = bytes_of(SeedExpander(Seed{}, std::uint64_t{2} << 56), 64);
  EXPECT_EQ(to_hex(bytes),
            "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
            "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d");
}

TEST(SeedExpander, GivesTheSameStreamInPiecesAsInOne) {
  constexpr std::size_t kBytes = (std::size_t{2} << 20) + 77;  // more than one call to OpenSSL
  const auto whole = bytes_of(SeedExpander(counting_seed()), kBytes);
  SeedExpander expander(counting_seed());
  std::vector<std::byte> pieces(kBytes);
  std::span<std::byte> rest = pieces;
  for (std::size_t size = 1; !rest.empty(); size = size * 3 + 1) {
    const auto piece = rest.first(std::min(size, rest.size()));
    expander.fill(piece);
    rest = rest.subspan(piece.size());
  }
  EXPECT_TRUE(whole == pieces);
}

TEST(SeedExpander, DiffersByDomainAndBySeed) {
  std::set<std::vector<std::byte>> streams;
  for (const std::uint64_t domain : {0ULL, 1ULL, 2ULL, 1ULL << 32, 1ULL << 63}) {
    streams.insert(bytes_of(SeedExpander(counting_seed(), domain), 32));
    streams.insert(bytes_of(SeedExpander(Seed{}, domain), 32));
  }
  EXPECT_EQ(streams.size(), 10U);
}

TEST(SeedExpander, GoesOnAfterBeingMoved) {
  SeedExpander first(counting_seed());
  first.next_u64();
  SeedExpander moved = std::move(first);
  SeedExpander whole(counting_seed());
  whole.next_u64();
  EXPECT_EQ(moved.next_u64(), whole.next_u64());
}

TEST(SystemRng, NeverRepeatsItself) {
  EXPECT_NE(SystemRng().next_seed(), SystemRng().next_seed());
  SystemRng rng;
  EXPECT_NE(rng.next_u64(), rng.next_u64());
}

TEST(SeededRng, IsReproducible) {
  EXPECT_EQ(SeededRng(5).next_seed(), SeededRng(5).next_seed());
  EXPECT_NE(SeededRng(5).next_seed(), SeededRng(6).next_seed());
}

TEST(SeededRng, SetsHalfOfTheBits) {
  SeededRng rng(1);
  std::uint64_t ones = 0;
  constexpr std::uint64_t kWords = 10000;
  for (std::uint64_t i = 0; i < kWords; ++i) {
    ones += static_cast<std::uint64_t>(std::popcount(rng.next_u64()));
  }
  // 640000 fair coins: the standard deviation is 400.
  EXPECT_NEAR(static_cast<double>(ones), 320000, 6 * 400);
}

}  // namespace
}  // namespace veilray
