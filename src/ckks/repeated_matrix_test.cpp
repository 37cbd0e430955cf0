#include "ckks/repeated_matrix.h"

#include <gtest/gtest.h>

#include "ckks/linear_transform.h"
#include "ckks/secret/toy_client.h"

namespace veilray::ckks {
namespace {

using testing::kToyScale;
using testing::same_bits;

class Repeated : public ::testing::Test {
 protected:
  static constexpr std::size_t kRows = 7;      // no multiple of what is made together
  static constexpr std::size_t kColumns = 21;  // more than the products that fit a 64-bit sum

  Repeated() {
    for (std::size_t k = 0; k < kColumns; ++k)
      cts_.push_back(client_.encrypt(client_.random_values(), level_));
    for (const auto& ct : cts_) pointers_.push_back(&ct);
  }

  /// Plaintexts of that period, `lacks(row, column)` of them missing.
  template <class Lacks>
  void fill(std::size_t period, const Lacks& lacks) {
    plaintexts_.reserve(kRows * kColumns);
    for (std::size_t row = 0; row < kRows; ++row)
      for (std::size_t column = 0; column < kColumns; ++column) {
        const auto values = client_.random_values();
        plaintexts_.push_back(
            client_.encoder.encode_periodic(std::span(values).first(period), level_, kToyScale));
        entries_.push_back(lacks(row, column) ? nullptr : &plaintexts_.back());
      }
  }

  /// Bit for bit what products one by one add up to.
  void expect_sums(const std::vector<Ciphertext>& outs) {
    for (std::size_t row = 0; row < kRows; ++row) {
      const auto entries = std::span(entries_).subspan(row * kColumns, kColumns);
      const auto sum = client_.sum_of_products(cts_, entries);
      EXPECT_TRUE(same_bits(outs[row], sum)) << row;
    }
  }

  std::vector<Ciphertext> products(const RepeatedMatrix& matrix) {
    auto outs =
        make_products(client_.params, pointers_, kToyScale, matrix.rows(), client_.workspace);
    std::vector<Ciphertext*> addresses;
    for (auto& out : outs) addresses.push_back(&out);
    for (std::size_t limb = 0; limb < level_.limbs(); ++limb)
      matrix.multiply_accumulate_limb(client_.params, addresses, pointers_, limb);
    return outs;
  }

  testing::ToyClient client_;
  const Level level_{2};
  std::vector<Ciphertext> cts_;
  std::vector<const Ciphertext*> pointers_;
  std::vector<Plaintext> plaintexts_;
  std::vector<const Plaintext*> entries_;
};

TEST_F(Repeated, SumsAreThoseOfProductsBitForBit) {
  fill(16, [](std::size_t row, std::size_t column) { return (row + column) % 3 == 1; });
  const RepeatedMatrix matrix(entries_, kRows);
  EXPECT_EQ(matrix.columns(), kColumns);
  EXPECT_EQ(matrix.run(), 32U);
  expect_sums(products(matrix));
}

TEST_F(Repeated, RunsLongerThanAPieceAreTheSame) {
  fill(1, [](std::size_t row, std::size_t column) { return row == column; });
  const RepeatedMatrix matrix(entries_, kRows);
  EXPECT_GT(matrix.run(), 32U);
  expect_sums(products(matrix));
}

TEST_F(Repeated, RowsOfOneSupportAreMadeTogether) {
  // Rows 0, 2, 4, 6 read the even columns, the others the odd ones: two groups, nothing wasted.
  fill(16, [](std::size_t row, std::size_t column) { return row % 2 != column % 2; });
  const RepeatedMatrix matrix(entries_, kRows);
  expect_sums(products(matrix));
  const std::size_t words = (11 + 10) * 4 * 32;
  EXPECT_EQ(matrix.bytes(), level_.limbs() * words * sizeof(std::uint32_t));
}

TEST_F(Repeated, RefusesPlaintextsThatDoNotFitTogether) {
  fill(16, [](std::size_t, std::size_t) { return false; });
  const auto refuses = [&](const Plaintext& odd) {
    auto entries = entries_;
    entries[5] = &odd;
    EXPECT_THROW(RepeatedMatrix(entries, kRows), Error);
  };
  const auto values = client_.random_values();
  const auto period = std::span(values).first(16);
  refuses(client_.encoder.encode_periodic(period, Level{1}, kToyScale));
  refuses(client_.encoder.encode_periodic(period, level_, Scale{2 * kToyScale.value}));
  refuses(client_.encoder.encode_periodic(std::span(values).first(8), level_, kToyScale));
  refuses(client_.encoder.encode(values, level_, kToyScale));
  EXPECT_THROW(RepeatedMatrix(entries_, kRows + 1), Error);
  EXPECT_THROW(RepeatedMatrix(std::vector<const Plaintext*>(6, nullptr), 2), Error);
}

}  // namespace
}  // namespace veilray::ckks
