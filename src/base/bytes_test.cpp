#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "base/error.h"

namespace veilray {
namespace {

TEST(ByteReader, ReadsWhatTheWriterWrote) {
  ByteWriter writer;
  writer.write(std::uint8_t{7});
  writer.write(std::int32_t{-5});
  writer.write(std::uint64_t{1} << 63);
  writer.write(-0.25);
  writer.write_string("lung");
  writer.write_string("");
  ByteReader reader(writer.view());
  EXPECT_EQ(reader.read<std::uint8_t>(), 7);
  EXPECT_EQ(reader.read<std::int32_t>(), -5);
  EXPECT_EQ(reader.read<std::uint64_t>(), std::uint64_t{1} << 63);
  EXPECT_EQ(reader.read<double>(), -0.25);
  EXPECT_EQ(reader.read_string(4), "lung");
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(reader.read_string(4), "");
  EXPECT_TRUE(reader.finished());
}

TEST(ByteWriter, WritesLittleEndian) {
  ByteWriter writer;
  writer.write(std::uint32_t{0x01020304});
  const auto bytes = std::move(writer).release();
  EXPECT_EQ(bytes,
            (std::vector<std::byte>{std::byte{4}, std::byte{3}, std::byte{2}, std::byte{1}}));
}

TEST(ByteReader, FailsForGoodAtTheFirstReadThatDoesNotFit) {
  const std::array<std::byte, 5> bytes{std::byte{1}};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.read<std::uint32_t>(), 1U);
  EXPECT_EQ(reader.read<std::uint16_t>(), 0);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.read<std::uint8_t>(), 0) << "one byte was left, but the reader has failed";
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_FALSE(reader.finished());
}

TEST(ByteReader, RefusesLengthsNearTheEndOfTheAddressSpace) {
  const std::array<std::byte, 4> bytes{};
  ByteReader reader(bytes);
  EXPECT_TRUE(reader.take(std::numeric_limits<std::size_t>::max()).empty());
  EXPECT_TRUE(reader.failed());
}

TEST(ByteReader, RefusesStringsLongerThanTheirBound) {
  ByteWriter writer;
  writer.write_string("abcd");
  ByteReader reader(writer.view());
  EXPECT_EQ(reader.read_string(3), "");
  EXPECT_TRUE(reader.failed());
}

TEST(ByteReader, RefusesStringsCutShort) {
  ByteWriter writer;
  writer.write(std::uint32_t{10});
  writer.write(std::uint8_t{'x'});
  ByteReader reader(writer.view());
  EXPECT_EQ(reader.read_string(100), "");
  EXPECT_TRUE(reader.failed());
}

TEST(ByteReader, IsNotFinishedWhileBytesAreLeft) {
  const std::array<std::byte, 2> bytes{};
  ByteReader reader(bytes);
  reader.read<std::uint8_t>();
  EXPECT_FALSE(reader.finished());
  reader.read<std::uint8_t>();
  EXPECT_TRUE(reader.finished());
}

}  // namespace
}  // namespace veilray
