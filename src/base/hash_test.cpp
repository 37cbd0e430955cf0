#include "base/hash.h"

#include <gtest/gtest.h>

#include <string>

#include "base/file.h"

namespace veilray {
namespace {

// FIPS 180-2, appendix B.
TEST(Sha256, MatchesTheStandardsVectors) {
  EXPECT_EQ(to_hex(sha256(as_bytes(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(as_bytes(std::string(1000000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(ToHex, WritesTwoLowerCaseDigitsForEachByte) {
  EXPECT_EQ(to_hex(as_bytes(std::string_view("\x00\x0f\xa0\xff", 4))), "000fa0ff");
}

}  // namespace
}  // namespace veilray
