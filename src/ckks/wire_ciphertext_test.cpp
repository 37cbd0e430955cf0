#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <string>

#include "ckks/packing.h"
#include "ckks/secret/toy_client.h"
#include "ckks/wire.h"
#include "ckks/wire_testing.h"

namespace veilray::ckks {
namespace {

using testing::Bytes;
using testing::kBody;
using testing::kToyScale;
using testing::owner_of;
using testing::same_bits;
using testing::ToyClient;
using testing::with;
using testing::with_missing_byte;
using testing::with_trailing_byte;

constexpr std::size_t kForm = kBody + 16 + 32, kLevel = kForm + 4, kScale = kForm + 8;

class CiphertextWire : public ::testing::Test {
 protected:
  ErrorCode code_of(const Bytes& wire) const {
    const auto result = parse_ciphertext(client_.params, owner_, wire);
    if (result.ok()) return ErrorCode::kInternal;  // no parser says this
    EXPECT_FALSE(result.failure().what.empty());
    return result.failure().code;
  }

  ToyClient client_;
  const CiphertextOwner owner_ = owner_of(7);
  const Plaintext plaintext_ = client_.encoder.encode(client_.random_values(), Level{2}, kToyScale);
  const SeededCiphertext seeded_ = client_.encryptor.encrypt_seeded(plaintext_);
  const Ciphertext full_ = expand(client_.params, seeded_);
  const Bytes seeded_wire_ = serialize(client_.params, owner_, seeded_);
  const Bytes full_wire_ = serialize(client_.params, owner_, full_);
};

TEST_F(CiphertextWire, BothFormsComeBackAsTheyWere) {
  for (const auto* wire : {&seeded_wire_, &full_wire_}) {
    const auto got = parse_ciphertext(client_.params, owner_, *wire).value();
    EXPECT_TRUE(same_bits(got, full_));
    EXPECT_EQ(got.scale().value, full_.scale().value);
    EXPECT_EQ(parse_ciphertext_owner(client_.params, *wire).value(), owner_);
  }
}

TEST_F(CiphertextWire, SizesAreThirtyBitsAResidue) {
  const std::size_t limb = client_.params.n() * 30 / 8;
  const std::size_t frame = kEnvelopeHeaderBytes + 16 + 32 + 16 + 32;
  EXPECT_EQ(seeded_wire_.size(), frame + 32 + 3 * limb);
  EXPECT_EQ(full_wire_.size(), frame + 2 * 3 * limb);
}

TEST_F(CiphertextWire, FailsIfCutShortAnywhere) {
  for (std::size_t size = 0; size < 200; ++size) {
    EXPECT_EQ(code_of({seeded_wire_.begin(), seeded_wire_.begin() + static_cast<long>(size)}),
              ErrorCode::kMalformed)
        << size;
  }
  for (std::size_t size = 200; size < full_wire_.size(); size += 997) {
    EXPECT_EQ(code_of({full_wire_.begin(), full_wire_.begin() + static_cast<long>(size)}),
              ErrorCode::kMalformed)
        << size;
  }
}

TEST_F(CiphertextWire, FailsIfABodyIsShorterOrLongerThanItsFields) {
  for (const auto* wire : {&seeded_wire_, &full_wire_}) {
    EXPECT_EQ(code_of(with_trailing_byte(*wire)), ErrorCode::kMalformed);
    EXPECT_EQ(code_of(with_missing_byte(*wire)), ErrorCode::kMalformed);
    const std::uint64_t body = wire->size() - kBody - sizeof(Sha256);
    EXPECT_EQ(code_of(with(*wire, testing::kBodyLengthAt, body)), ErrorCode::kInternal);
    EXPECT_EQ(code_of(with(*wire, testing::kBodyLengthAt, body - 1)), ErrorCode::kMalformed);
    EXPECT_EQ(code_of(with(*wire, testing::kBodyLengthAt, ~std::uint64_t{0})),
              ErrorCode::kMalformed);
    auto longer = *wire;
    longer.push_back(std::byte{0});
    EXPECT_EQ(code_of(longer), ErrorCode::kMalformed);
  }
}

TEST_F(CiphertextWire, FailsIfAnyBitIsFlipped) {
  for (std::size_t at = 0; at < seeded_wire_.size(); at += at < 200 ? 1 : 509) {
    auto flipped = seeded_wire_;
    flipped[at] ^= std::byte{0x10};
    EXPECT_FALSE(parse_ciphertext(client_.params, owner_, flipped).ok()) << at;
  }
}

TEST_F(CiphertextWire, FailsIfAResidueIsNotBelowItsPrime) {
  const std::size_t first = kScale + 8;
  for (std::uint32_t limb = 0; limb < 3; ++limb) {
    const std::size_t at = first + limb * packed_bytes(client_.params.n());
    const std::uint32_t q = client_.params.basis().modulus(limb).value();
    std::uint32_t word = 0;
    std::memcpy(&word, &full_wire_[at], 4);
    const std::uint32_t rest = word & 0xc0000000U;
    EXPECT_EQ(code_of(with(full_wire_, at, rest | (q - 1))), ErrorCode::kInternal);
    EXPECT_EQ(code_of(with(full_wire_, at, rest | q)), ErrorCode::kMalformed);
    EXPECT_EQ(code_of(with(full_wire_, at, rest | 0x3fffffffU)), ErrorCode::kMalformed);
  }
}

TEST_F(CiphertextWire, FailsIfFormLevelOrScaleIsImpossible) {
  EXPECT_EQ(code_of(with(full_wire_, kForm, 2U)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(with(full_wire_, kForm, ~0U)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(with(full_wire_, kForm, 1U)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(with(seeded_wire_, kForm, 0U)), ErrorCode::kMalformed);
  for (const std::uint32_t level : {0U, 1U, 3U, 4U, ~0U}) {
    EXPECT_EQ(code_of(with(full_wire_, kLevel, level)), ErrorCode::kMalformed) << level;
  }
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double scale : {0.0, -0.0, -1.0, infinity, -infinity, std::nan(""), 0x1p100}) {
    EXPECT_EQ(code_of(with(full_wire_, kScale, scale)), ErrorCode::kMalformed) << scale;
  }
}

TEST_F(CiphertextWire, FailsIfLevelIsAboveTheChainEvenWithLimbsToMatch) {
  // Four chain primes: level 4 would read the first special prime as a fifth.
  for (const std::size_t limbs : {5U, 6U, 7U}) {
    auto wire = full_wire_;
    const std::size_t missing = 2 * (limbs - 3) * packed_bytes(client_.params.n());
    wire.insert(wire.end() - sizeof(Sha256), missing, std::byte{0});
    wire = with(std::move(wire), testing::kBodyLengthAt,
                std::uint64_t{wire.size() - kBody - sizeof(Sha256)});
    EXPECT_EQ(code_of(with(wire, kLevel, static_cast<std::uint32_t>(limbs - 1))),
              ErrorCode::kMalformed);
  }
  // The level whose number of limbs wraps to none.
  auto empty = full_wire_;
  empty.erase(empty.begin() + kScale + 8, empty.end() - sizeof(Sha256));
  empty = with(std::move(empty), testing::kBodyLengthAt, std::uint64_t{kScale + 8 - kBody});
  EXPECT_EQ(code_of(with(with(empty, kScale, 0.5), kLevel, ~0U)), ErrorCode::kMalformed);
}

TEST_F(CiphertextWire, FailsIfMagicVersionOrKindIsAnother) {
  EXPECT_EQ(code_of(with(full_wire_, 0, 'X')), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(with(full_wire_, 4, std::uint16_t{2})), ErrorCode::kUnsupported);
  for (const int kind : {0, 1, 3, 4, 99}) {
    EXPECT_EQ(code_of(with(full_wire_, 6, static_cast<std::uint16_t>(kind))), ErrorCode::kMalformed)
        << kind;
  }
}

TEST_F(CiphertextWire, FailsIfOfOtherParametersClientOrModel) {
  const ToyClient other({.log_n = 10, .chain_primes = 5, .special_primes = 2});
  const auto elsewhere = parse_ciphertext(other.params, owner_, full_wire_);
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_EQ(elsewhere.failure().code, ErrorCode::kFingerprintMismatch);
  EXPECT_FALSE(parse_ciphertext_owner(other.params, full_wire_).ok());

  auto stranger = owner_;
  stranger.client_id = owner_of(9).client_id;
  auto other_model = owner_;
  other_model.model = owner_of(9).model;
  std::vector<std::string> lines = {elsewhere.failure().line()};
  for (const auto& expected : {stranger, other_model}) {
    const auto result = parse_ciphertext(client_.params, expected, full_wire_);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.failure().code, ErrorCode::kFingerprintMismatch);
    lines.push_back(result.failure().line());
  }
  // Three reasons, three lines.
  EXPECT_EQ(std::set(lines.begin(), lines.end()).size(), 3U);
}

TEST_F(CiphertextWire, FailsToWriteDegreeTwo) {
  const auto product = client_.evaluator.multiply(full_, full_, client_.workspace);
  EXPECT_THROW((void)serialize(client_.params, owner_, product), Error);
}

class CompactWire : public CiphertextWire {
 protected:
  ErrorCode answer_code(const Bytes& wire) const {
    const auto result = parse_answer(client_.params, owner_, wire);
    return result.ok() ? ErrorCode::kInternal : result.failure().code;
  }

  const CompactCiphertext compact_ = compact(client_.params, full_, 16);
  const Bytes wire_ = serialize(client_.params, owner_, compact_);
};

TEST_F(CompactWire, ComesBackAsItWas) {
  const auto parsed = parse_answer(client_.params, owner_, wire_).value();
  const auto& got = std::get<CompactCiphertext>(parsed);
  EXPECT_EQ(got.c0, compact_.c0);
  EXPECT_EQ(got.c1, compact_.c1);
  EXPECT_EQ(got.scale.value, compact_.scale.value);
  EXPECT_EQ(parse_ciphertext_owner(client_.params, wire_).value(), owner_);
}

TEST_F(CompactWire, MayHaveAScaleAboveItsWordsForNumbersWellBelowOne) {
  const double scale = 0x1p36;
  const auto parsed = parse_answer(client_.params, owner_, with(wire_, kScale, scale));
  ASSERT_TRUE(parsed.ok()) << parsed.failure().line();
  EXPECT_EQ(std::get<CompactCiphertext>(parsed.value()).scale.value, scale);
}

TEST_F(CompactWire, TakesOneWordACoefficient) {
  const std::size_t frame = kEnvelopeHeaderBytes + 16 + 32 + 16 + 32;
  EXPECT_EQ(wire_.size(), frame + 4 * (1 + 32 + client_.params.n()));
}

TEST_F(CompactWire, AnswersMayAlsoBeFullAndNotSeeded) {
  const auto parsed = parse_answer(client_.params, owner_, full_wire_).value();
  EXPECT_TRUE(same_bits(std::get<Ciphertext>(parsed), full_));
  EXPECT_EQ(answer_code(seeded_wire_), ErrorCode::kMalformed);
}

TEST_F(CompactWire, IsNoRequest) { EXPECT_EQ(code_of(wire_), ErrorCode::kMalformed); }

TEST_F(CompactWire, FailsIfCutShortOrLongerThanItsFields) {
  for (std::size_t size = 0; size < wire_.size(); size += 97) {
    EXPECT_EQ(answer_code({wire_.begin(), wire_.begin() + static_cast<long>(size)}),
              ErrorCode::kMalformed)
        << size;
  }
  EXPECT_EQ(answer_code(with_trailing_byte(wire_)), ErrorCode::kMalformed);
  EXPECT_EQ(answer_code(with_missing_byte(wire_)), ErrorCode::kMalformed);
}

TEST_F(CompactWire, FailsIfTheNumberOfCoefficientsLevelOrScaleIsImpossible) {
  constexpr std::size_t kCoefficients = kScale + 8;
  for (const std::uint32_t count : {0U, 1U, 8U, 31U, 33U, 128U, 1024U, 1U << 31, ~0U}) {
    EXPECT_EQ(answer_code(with(wire_, kCoefficients, count)), ErrorCode::kMalformed) << count;
  }
  // Possible numbers, but not the bytes for them.
  for (const std::uint32_t count : {16U, 64U}) {
    EXPECT_EQ(answer_code(with(wire_, kCoefficients, count)), ErrorCode::kMalformed) << count;
  }
  EXPECT_EQ(answer_code(with(wire_, kLevel, 1U)), ErrorCode::kMalformed);
  for (const double scale : {0.0, -1.0, std::nan(""), 0x1p64}) {
    EXPECT_EQ(answer_code(with(wire_, kScale, scale)), ErrorCode::kMalformed) << scale;
  }
  for (const std::uint32_t form : {2U, 4U, ~0U})
    EXPECT_EQ(answer_code(with(wire_, kForm, form)), ErrorCode::kMalformed) << form;
}

TEST_F(CompactWire, FailsIfOfAnotherClientOrModel) {
  const auto result = parse_answer(client_.params, owner_of(9), wire_);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure().code, ErrorCode::kFingerprintMismatch);
}

// Values from tests/golden/ckks_wire.py, which knows docs/formats/ and nothing of this code.
TEST(GoldenWire, BytesAreThoseOfTheIndependentGenerator) {
  const auto params =
      testing::toy_params({.log_n = 10, .chain_primes = 2, .special_primes = 1}).value();
  EXPECT_EQ(to_hex(params.fingerprint()),
            "f57e20aa574cb06c9470bac78488438c60fde8e67e164ad6fd9a2deaf1b616c2");
  CiphertextOwner owner;
  SeededCiphertext seeded;
  for (std::uint8_t i = 0; i < 32; ++i) {
    if (i < 16) owner.client_id[i] = std::byte{i};
    owner.model[i] = static_cast<std::byte>(0xa0 + i);
    seeded.seed[i] = std::byte{i};
  }
  seeded.scale = {0x1p30 + 0.5};
  seeded.c0 = ring::NttPoly(params.shape(Level{1}));
  ring::NttPoly c1(params.shape(Level{1}));
  for (std::uint32_t limb = 0; limb < 2; ++limb) {
    const std::uint64_t q = params.basis().modulus(limb).value();
    for (std::uint64_t i = 0; i < params.n(); ++i) {
      seeded.c0.limb(limb)[i] =
          static_cast<std::uint32_t>((i * i * 7919 + limb * 104729 + 12345) % q);
      c1.limb(limb)[i] = static_cast<std::uint32_t>((i * 1000003 + limb + 17) % q);
    }
  }
  const auto full = serialize(params, owner, Ciphertext(seeded.c0, c1, seeded.scale));
  EXPECT_EQ(full.size(), 15504U);
  EXPECT_EQ(to_hex(sha256(full)),
            "ac0cd2b343c00c806a7d678609616940afec3428d194382c2fcda18737e8b038");
  const auto short_form = serialize(params, owner, seeded);
  EXPECT_EQ(short_form.size(), 7856U);
  EXPECT_EQ(to_hex(sha256(short_form)),
            "8e8943bb865a7306704c0d314356e3f4ce27b174eb076cfa73dc2c39490dbd0a");

  CompactCiphertext compact{
      std::vector<std::uint32_t>(16), std::vector<std::uint32_t>(params.n()), {0x1p22 + 0.5}};
  for (std::uint32_t i = 0; i < params.n(); ++i) {
    if (i < compact.c0.size()) compact.c0[i] = 0xf0000000U + i * i * 7919 + 12345;
    compact.c1[i] = i * 1000003 + 17;
  }
  const auto answer = serialize(params, owner, compact);
  EXPECT_EQ(answer.size(), 4308U);
  EXPECT_EQ(to_hex(sha256(answer)),
            "ce68e611f44509bc9743631c323a4f18de8967f75cf7a14c4f1eb25ace976d5b");

  ByteWriter expanded;
  const auto parsed = parse_ciphertext(params, owner, short_form).value();
  for (std::uint32_t limb = 0; limb < 2; ++limb) {
    expanded.write_bytes(std::as_bytes(parsed.part(1).limb(limb)));
  }
  EXPECT_EQ(to_hex(sha256(expanded.view())),
            "c2dabea850139bc6c1ce38b9bc89bfacae357f7a1b6f749ec8a31d9b470e3d3f");
}

}  // namespace
}  // namespace veilray::ckks
