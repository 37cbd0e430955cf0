#include <gtest/gtest.h>

#include <cstring>

#include "ckks/packing.h"
#include "ckks/secret/toy_client.h"
#include "ckks/wire.h"
#include "ckks/wire_testing.h"
#include "ring/big_integer_testing.h"

namespace veilray::ckks {
namespace {

using testing::Bytes;
using testing::kBody;
using testing::owner_of;
using testing::same_bits;
using testing::ToyClient;
using testing::with;
using testing::with_missing_byte;
using testing::with_trailing_byte;

class KeysWire : public ::testing::Test {
 protected:
  KeysWire() {
    keys_.client_id = owner_of(3).client_id;
    keys_.model = owner_of(3).model;
    keys_.relinearization = client_.generator.relinearization_key(client_.params.max_level());
    const std::vector<RotationRequest> rotations = {
        {{1}, Level{3}}, {{4}, Level{1}}, {{4}, Level{0}}, {{0}, Level{3}}};
    keys_.galois = client_.generator.galois_keys(rotations);
    keys_.public_key = client_.generator.public_key();
    wire_ = serialize(client_.params, keys_);
  }
  ErrorCode code_of(const Bytes& wire) const {
    const auto result = parse_evaluation_keys(client_.params, keys_.model, wire);
    return result.ok() ? ErrorCode::kInternal : result.failure().code;
  }

  ToyClient client_;
  EvaluationKeyBundle keys_;
  Bytes wire_;
  // docs/formats/keys.md
  const std::size_t limb_ = packed_bytes(client_.params.n());
  const std::size_t public_key_at_ = kBody + 16 + 32;
  const std::size_t relinearization_at_ = public_key_at_ + 32 + 6 * limb_;
  const std::size_t galois_at_ = relinearization_at_ + 4 + 32 + 2 * 6 * limb_;
};

TEST_F(KeysWire, ComeBackAndWork) {
  const auto parsed = parse_evaluation_keys(client_.params, keys_.model, wire_).value();
  EXPECT_EQ(parsed.client_id, keys_.client_id);
  EXPECT_EQ(parsed.galois.size(), 2U);
  const auto ct = client_.encrypt(client_.random_values(), Level{1});
  const auto& ev = client_.evaluator;
  auto& ws = client_.workspace;
  for (const std::int32_t step : {1, 4}) {
    EXPECT_TRUE(same_bits(ev.rotate(ct, {step}, parsed.galois, ws),
                          ev.rotate(ct, {step}, keys_.galois, ws)));
  }
  const auto square = ev.multiply(ct, ct, ws);
  EXPECT_TRUE(same_bits(ev.relinearize(square, parsed.relinearization, ws),
                        ev.relinearize(square, keys_.relinearization, ws)));
  EXPECT_TRUE(ring::testing::same_residues(parsed.public_key.a, keys_.public_key.a));
  EXPECT_TRUE(ring::testing::same_residues(parsed.public_key.b, keys_.public_key.b));
  EXPECT_EQ(serialize(client_.params, parsed), wire_);
}

TEST_F(KeysWire, TakeThirtyBitsAResidueAndASeedForTheOtherHalf) {
  // Level 3: 2 digits over 6 primes; level 1: 1 digit over 4.
  EXPECT_EQ(wire_.size(), galois_at_ + 4 + 2 * (8 + 4 + 32) + (2 * 6 + 4) * limb_ + 32);
}

TEST_F(KeysWire, FailIfCutShortAtOrAroundEveryBoundary) {
  const std::vector<std::size_t> boundaries = {0,
                                               4,
                                               6,
                                               8,
                                               40,
                                               kBody,
                                               kBody + 16,
                                               public_key_at_,
                                               public_key_at_ + 32,
                                               relinearization_at_,
                                               relinearization_at_ + 36,
                                               galois_at_,
                                               galois_at_ + 4,
                                               galois_at_ + 12,
                                               galois_at_ + 4 + 44,
                                               wire_.size() - 32,
                                               wire_.size()};
  for (const std::size_t boundary : boundaries) {
    for (const std::size_t size : {boundary - 1, boundary, boundary + 1}) {
      if (size >= wire_.size()) continue;
      EXPECT_EQ(code_of({wire_.begin(), wire_.begin() + static_cast<long>(size)}),
                ErrorCode::kMalformed)
          << size;
    }
  }
  EXPECT_EQ(code_of(with_missing_byte(wire_)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(with_trailing_byte(wire_)), ErrorCode::kMalformed);
}

TEST_F(KeysWire, FailIfAResidueIsNotBelowItsPrime) {
  for (const std::size_t at : {public_key_at_ + 32, relinearization_at_ + 36, galois_at_ + 4 + 44,
                               wire_.size() - 32 - limb_}) {
    std::uint32_t word = 0;
    std::memcpy(&word, &wire_[at], 4);
    EXPECT_EQ(code_of(with(wire_, at, word | 0x3fffffffU)), ErrorCode::kMalformed) << at;
  }
}

TEST_F(KeysWire, FailIfLevelsOrElementsAreImpossible) {
  EXPECT_EQ(code_of(with(wire_, relinearization_at_, 4U)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(with(wire_, relinearization_at_, ~0U)), ErrorCode::kMalformed);
  for (const std::uint64_t element : {0U, 1U, 2U, 2049U, 4096U}) {
    EXPECT_EQ(code_of(with(wire_, galois_at_ + 4, element)), ErrorCode::kMalformed) << element;
  }
  EXPECT_EQ(code_of(with(wire_, galois_at_ + 4, ~std::uint64_t{0})), ErrorCode::kMalformed);
  for (const std::uint32_t count : {0U, 1U, 3U, ~0U}) {
    EXPECT_EQ(code_of(with(wire_, galois_at_, count)), ErrorCode::kMalformed) << count;
  }
}

TEST_F(KeysWire, FailIfAnElementComesTwice) {
  // 5^1 = 5 stands first; the second key is made to claim the same.
  std::uint64_t first = 0;
  std::memcpy(&first, &wire_[galois_at_ + 4], 8);
  ASSERT_EQ(first, 5U);
  const std::size_t second = galois_at_ + 4 + 44 + 2 * 6 * limb_;
  EXPECT_EQ(code_of(with(wire_, second, first)), ErrorCode::kMalformed);
}

TEST_F(KeysWire, FailIfOfOtherParametersOrModel) {
  const ToyClient other({.log_n = 10, .chain_primes = 5, .special_primes = 2});
  const auto elsewhere = parse_evaluation_keys(other.params, keys_.model, wire_);
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_EQ(elsewhere.failure().code, ErrorCode::kFingerprintMismatch);
  const auto other_model = parse_evaluation_keys(client_.params, owner_of(4).model, wire_);
  ASSERT_FALSE(other_model.ok());
  EXPECT_EQ(other_model.failure().code, ErrorCode::kFingerprintMismatch);
}

TEST_F(KeysWire, PublicKeyComesBackAlone) {
  const auto wire = serialize(client_.params, keys_.public_key);
  EXPECT_EQ(wire.size(), kEnvelopeHeaderBytes + 32 + 6 * limb_ + 32);
  const auto parsed = parse_public_key(client_.params, wire).value();
  EXPECT_TRUE(ring::testing::same_residues(parsed.a, keys_.public_key.a));
  EXPECT_TRUE(ring::testing::same_residues(parsed.b, keys_.public_key.b));

  const auto fails = [&](const Bytes& bytes) {
    const auto result = parse_public_key(client_.params, bytes);
    return !result.ok() && result.failure().code == ErrorCode::kMalformed;
  };
  EXPECT_TRUE(fails(with_trailing_byte(wire)));
  EXPECT_TRUE(fails(with_missing_byte(wire)));
  EXPECT_TRUE(fails(with(wire, kBody + 32, ~0U)));
  EXPECT_TRUE(fails(wire_));
}

}  // namespace
}  // namespace veilray::ckks
