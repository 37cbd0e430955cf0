#include "plan/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace veilray::plan {
namespace {

using ::testing::HasSubstr;

Bytes bytes_of(std::string_view text) {
  const auto span = as_bytes(text);
  return {span.begin(), span.end()};
}
const std::vector<Bytes> kParts{bytes_of("first"), bytes_of(""), bytes_of("the third")};

TEST(Message, GivesBackTheCiphertextsItWasMadeOf) {
  const Bytes message = join_message(kParts);
  const auto parts = split_message(message, 3);
  ASSERT_TRUE(parts.ok()) << parts.failure().line();
  ASSERT_EQ(parts.value().size(), 3U);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(Bytes(parts.value()[i].begin(), parts.value()[i].end()), kParts[i]);
}

TEST(Message, HasTheBytesThatTheFormatSays) {
  const std::vector<Bytes> one{bytes_of("ab")};
  EXPECT_EQ(join_message(one),
            bytes_of(std::string_view("VRMSG\0\0\2\1\0\0\0\2\0\0\0\0\0\0\0ab", 22)));
}

void expect_refused(const Bytes& message, std::size_t expected, const std::string& why) {
  const auto parts = split_message(message, expected);
  ASSERT_FALSE(parts.ok()) << why;
  EXPECT_EQ(parts.failure().code, ErrorCode::kMalformed);
  EXPECT_THAT(parts.failure().line(), HasSubstr(why));
}

TEST(Message, IsRefusedWhereverItIsCut) {
  const Bytes message = join_message(kParts);
  for (std::size_t length = 0; length < message.size(); ++length)
    EXPECT_FALSE(split_message(std::span(message).first(length), 3).ok()) << length;
}

TEST(Message, IsRefusedWithAnotherCountMagicOrLength) {
  const Bytes message = join_message(kParts);
  expect_refused(message, 2, "holds 3 ciphertexts where the model expects 2");
  Bytes changed = message;
  changed[0] = std::byte{'X'};
  expect_refused(changed, 3, "not a Veilray ciphertext file");
  changed = message;
  for (const auto version : {std::byte{0}, std::byte{1}, std::byte{3}}) {
    changed[7] = version;
    expect_refused(changed, 3, "not a Veilray ciphertext file");
  }
  changed = message;
  for (std::size_t i = 12; i < 20; ++i) changed[i] = std::byte{0xFF};
  expect_refused(changed, 3, "cut short");
  changed = message;
  changed.push_back(std::byte{0});
  expect_refused(changed, 3, "left over");
  changed = message;
  for (std::size_t i = 8; i < 12; ++i) changed[i] = std::byte{0xFF};
  expect_refused(changed, 3, "4294967295");
}

}  // namespace
}  // namespace veilray::plan
