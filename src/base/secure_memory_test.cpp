#include "base/secure_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <type_traits>

namespace veilray {
namespace {

TEST(Wipe, LeavesOnlyZeros) {
  std::array<std::uint32_t, 100> secret;
  secret.fill(0xdeadbeef);
  wipe(std::as_writable_bytes(std::span(secret)));
  EXPECT_EQ(secret, (std::array<std::uint32_t, 100>{}));
  wipe({});
}

TEST(SecureVector, StartsAtZeroOnACacheLine) {
  const SecureVector<std::uint32_t> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], 0U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(values.data()) % kAlignment, 0U);
}

TEST(SecureVector, MovesAndNeverCopies) {
  static_assert(!std::is_copy_constructible_v<SecureVector<int>>);
  static_assert(!std::is_copy_assignable_v<SecureVector<int>>);
  SecureVector<int> from(3);
  from[1] = 7;
  SecureVector<int> to = std::move(from);
  EXPECT_EQ(to[1], 7);
  EXPECT_EQ(from.size(), 0U);  // NOLINT: what a move leaves is part of the promise
  SecureVector<int> assigned(2);
  assigned = std::move(to);
  EXPECT_EQ(assigned.size(), 3U);
  EXPECT_EQ(assigned[1], 7);
}

}  // namespace
}  // namespace veilray
