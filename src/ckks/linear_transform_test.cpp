#include "ckks/linear_transform.h"

#include <gtest/gtest.h>

#include "ckks/secret/toy_client.h"

namespace veilray::ckks {
namespace {

using testing::kToyScale;
using testing::same_bits;

class LinearTransform : public ::testing::Test {
 protected:
  static constexpr std::size_t kTerms = 37;  // more than the products that fit a 64-bit sum
  static constexpr std::size_t kRows = 3;

  LinearTransform() {
    for (std::size_t k = 0; k < kTerms; ++k) {
      cts_.push_back(client_.encrypt(client_.random_values(), level_));
    }
    for (const auto& ct : cts_) pointers_.push_back(&ct);
  }

  /// Every third entry is missing.
  template <class MakePlaintext>
  void fill(MakePlaintext make) {
    plaintexts_.reserve(kRows * kTerms);
    for (std::size_t i = 0; i < kRows * kTerms; ++i) {
      plaintexts_.push_back(make());
      entries_.push_back(i % 3 == 1 ? nullptr : &plaintexts_[i]);
    }
  }

  Ciphertext row_by_hand(std::size_t row) {
    return client_.sum_of_products(cts_, std::span(entries_).subspan(row * kTerms, kTerms));
  }

  void expect_rows_by_hand() {
    const PlainMatrix matrix{entries_, kRows};
    const auto outs = multiply_accumulate(client_.params, pointers_, matrix, client_.workspace);
    ASSERT_EQ(outs.size(), kRows);
    for (std::size_t row = 0; row < kRows; ++row) {
      const auto want = row_by_hand(row);
      EXPECT_TRUE(same_bits(outs[row], want)) << row;
      EXPECT_EQ(outs[row].scale().value, want.scale().value);
    }
  }

  testing::ToyClient client_;
  const Level level_{2};
  std::vector<Ciphertext> cts_;
  std::vector<const Ciphertext*> pointers_;
  std::vector<Plaintext> plaintexts_;
  std::vector<const Plaintext*> entries_;
};

TEST_F(LinearTransform, RowsAreTheSumsOfProductsBitForBit) {
  fill([&] { return client_.encoder.encode(client_.random_values(), level_, kToyScale); });
  expect_rows_by_hand();
}

TEST_F(LinearTransform, PlaintextsOfAHigherLevelServeToo) {
  fill([&] {
    return client_.encoder.encode(client_.random_values(), client_.params.max_level(), kToyScale);
  });
  expect_rows_by_hand();
}

TEST_F(LinearTransform, PeriodicPlaintextsGiveTheSameAsFullOnes) {
  fill([&] {
    const auto values = client_.random_values();
    return client_.encoder.encode_periodic(std::span(values).first(16), level_, kToyScale);
  });
  ASSERT_EQ(plaintexts_[0].run(), 32U);
  expect_rows_by_hand();
}

TEST_F(LinearTransform, ConstantsGiveTheSameAsFullOnes) {
  fill([&] {
    return client_.encoder.encode_constant(client_.random_values()[0], level_, kToyScale);
  });
  expect_rows_by_hand();
}

TEST_F(LinearTransform, LimbsMayBeDoneInAnyOrder) {
  fill([&] { return client_.encoder.encode(client_.random_values(), level_, kToyScale); });
  const PlainMatrix matrix{entries_, kRows};
  auto outs = make_products(client_.params, pointers_, matrix, client_.workspace);
  std::vector<Ciphertext*> out_pointers;
  for (auto& out : outs) out_pointers.push_back(&out);
  for (const std::size_t limb : {2U, 0U, 1U}) {
    multiply_accumulate_limb(client_.params, out_pointers, pointers_, matrix, limb);
  }
  for (std::size_t row = 0; row < kRows; ++row) EXPECT_TRUE(same_bits(outs[row], row_by_hand(row)));
}

TEST_F(LinearTransform, RowWithoutPlaintextsIsZero) {
  fill([&] { return client_.encoder.encode(client_.random_values(), level_, kToyScale); });
  std::fill_n(entries_.begin() + kTerms, kTerms, nullptr);
  const auto outs =
      multiply_accumulate(client_.params, pointers_, {entries_, kRows}, client_.workspace);
  for (const auto& slot : client_.encoder.decode_real(client_.decryptor.decrypt(outs[1]))) {
    ASSERT_EQ(slot, 0);
  }
}

}  // namespace
}  // namespace veilray::ckks
