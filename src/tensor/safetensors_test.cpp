#include "tensor/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/random.h"
#include "base/test_folder.h"

namespace veilray::tensor {
namespace {

using testing::HasSubstr;

std::vector<std::byte> file_of(const std::string& header, std::size_t data_bytes) {
  ByteWriter writer;
  writer.write(std::uint64_t{header.size()});
  writer.write_bytes(as_bytes(header));
  for (std::size_t i = 0; i < data_bytes; ++i) writer.write(std::uint8_t{0});
  return std::move(writer).release();
}

std::string entry(const std::string& name, const std::string& shape, int begin, int end,
                  const std::string& dtype = "F32") {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

/// The failure of a file with this header and so many bytes of data.
Failure failure_of(const std::string& header, std::size_t data_bytes) {
  const auto result = parse_safetensors(file_of(header, data_bytes));
  return result.ok() ? Failure{ErrorCode::kInternal, "it parsed"} : result.failure();
}

TensorFile sample() {
  TensorFile file;
  file.tensors["b.weight"] = {{2, 3}, {1, -2, 0.5F, 4, 5, -0.0F}};
  file.tensors["a"] = {{1}, {3}};
  file.tensors["empty"] = {{0, 7}, {}};
  file.tensors["scalar"] = {{}, {2}};
  file.metadata["format"] = "pt";
  return file;
}

TEST(Safetensors, ReadsWhatItWrote) {
  const auto file = parse_safetensors(write_safetensors(sample()));
  ASSERT_TRUE(file.ok()) << file.failure().line();
  EXPECT_EQ(file.value().tensors, sample().tensors);
  EXPECT_EQ(file.value().metadata, sample().metadata);
}

TEST(Safetensors, WritesTheBytesOfTheFormat) {
  TensorFile file;
  file.tensors["x"] = {{1}, {1.0F}};
  const std::string header = R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
  const auto bytes = write_safetensors(file);
  ByteReader reader(bytes);
  ASSERT_EQ(reader.read<std::uint64_t>() % 8, 0U);
  std::string text(reinterpret_cast<const char*>(bytes.data()) + 8, header.size());
  EXPECT_EQ(text, header);
  EXPECT_EQ(bytes.size() % 8, 4U);
}

TEST(Safetensors, RoundsToTheShortTypes) {
  TensorFile file;
  file.tensors["x"] = {{3}, {1.0F / 3, 65504, -2}};
  const auto half = parse_safetensors(write_safetensors(file, DType::kF16));
  ASSERT_TRUE(half.ok());
  EXPECT_EQ(half.value().tensors.at("x").data, (std::vector<float>{0.333251953125F, 65504, -2}));
  const auto brain = parse_safetensors(write_safetensors(file, DType::kBF16));
  ASSERT_TRUE(brain.ok());
  EXPECT_EQ(brain.value().tensors.at("x").data, (std::vector<float>{0.333984375F, 65536, -2}));
}

TEST(Safetensors, ConvertsTheCountersOfStateDicts) {
  ByteWriter writer;
  const std::string header =
      "{" + entry("n", "[]", 0, 8, "I64") + "," + entry("d", "[1]", 8, 16, "F64") + "}";
  writer.write(std::uint64_t{header.size()});
  writer.write_bytes(as_bytes(header));
  writer.write(std::int64_t{-1234});
  writer.write(0.25);
  const auto file = parse_safetensors(writer.view());
  ASSERT_TRUE(file.ok()) << file.failure().line();
  EXPECT_EQ(file.value().tensors.at("n"), (Tensor{{}, {-1234}}));
  EXPECT_EQ(file.value().tensors.at("d"), (Tensor{{1}, {0.25F}}));
}

TEST(Safetensors, KeepsNanAndInfinity) {
  TensorFile file;
  file.tensors["x"] = {{2}, {std::nanf(""), -std::numeric_limits<float>::infinity()}};
  const auto read = parse_safetensors(write_safetensors(file));
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(std::isnan(read.value().tensors.at("x").data[0]));
  EXPECT_EQ(read.value().tensors.at("x").data[1], -std::numeric_limits<float>::infinity());
}

TEST(Safetensors, RefusesEveryTruncation) {
  const auto bytes = write_safetensors(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result = parse_safetensors(std::span(bytes).first(size));
    ASSERT_FALSE(result.ok()) << size;
    ASSERT_EQ(result.failure().code, ErrorCode::kMalformed) << size;
  }
}

TEST(Safetensors, RefusesAHeaderLengthBeyondTheFile) {
  ByteWriter writer;
  writer.write(std::numeric_limits<std::uint64_t>::max());
  writer.write_bytes(as_bytes("{}"));
  EXPECT_EQ(parse_safetensors(writer.view()).failure().code, ErrorCode::kMalformed);
}

TEST(Safetensors, RefusesAHeaderThatIsNoJsonObject) {
  for (const char* header :
       {"", "[]", "3", "{", "{}x", "nonsense", "{\"a\xff\":1}", "{\"a\":1}", "{\"a\":{}}",
        "{\"__metadata__\":[]}", "{\"__metadata__\":{\"a\":1}}"}) {
    EXPECT_EQ(failure_of(header, 0).code, ErrorCode::kMalformed) << header;
  }
  EXPECT_THAT(failure_of(std::string(100000, '['), 0).line(), HasSubstr("nested too deeply"));
}

TEST(Safetensors, RefusesDuplicateNames) {
  const auto tensors = "{" + entry("a", "[1]", 0, 4) + "," + entry("a", "[1]", 4, 8) + "}";
  EXPECT_THAT(failure_of(tensors, 8).line(), HasSubstr("two entries named a"));
  EXPECT_THAT(
      failure_of(R"({"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4)
          .line(),
      HasSubstr("two entries named dtype"));
}

TEST(Safetensors, RefusesHolesOverlapsAndLeftovers) {
  const auto two = [](int begin, int end) {
    return "{" + entry("a", "[2]", 0, 8) + "," + entry("b", "[1]", begin, end) + "}";
  };
  EXPECT_TRUE(parse_safetensors(file_of(two(8, 12), 12)).ok());
  EXPECT_EQ(failure_of(two(4, 8), 8).code, ErrorCode::kMalformed) << "overlap";
  EXPECT_EQ(failure_of(two(12, 16), 16).code, ErrorCode::kMalformed) << "hole";
  EXPECT_EQ(failure_of(two(8, 12), 13).code, ErrorCode::kMalformed) << "leftover";
  EXPECT_EQ(failure_of(two(8, 12), 11).code, ErrorCode::kMalformed) << "past the end";
  EXPECT_EQ(failure_of(two(12, 8), 12).code, ErrorCode::kMalformed) << "backwards";
}

TEST(Safetensors, RefusesShapesThatAreNoShapesOrDoNotMatch) {
  for (const char* shape :
       {"[2]", "[-1]", "[1.0]", "[\"1\"]", "1", "null", "[[1]]", "[18446744073709551615]",
        "[18446744073709551616]", "[4294967296,4294967296,1]", "[0]",
        "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"}) {
    EXPECT_EQ(failure_of("{" + entry("a", shape, 0, 4) + "}", 4).code, ErrorCode::kMalformed)
        << shape;
  }
}

TEST(Safetensors, RefusesHugeExtentsBesideAZero) {
  for (const char* shape : {"[0,4611686018427387904,4611686018427387904]",
                            "[4611686018427387904,4611686018427387904,0]"}) {
    EXPECT_EQ(failure_of("{" + entry("a", shape, 0, 0) + "}", 0).code, ErrorCode::kMalformed)
        << shape;
  }
}

TEST(Safetensors, RefusesOtherTypesAndFieldsByName) {
  const auto type = failure_of("{" + entry("conv.q", "[4]", 0, 4, "U8") + "}", 4);
  EXPECT_EQ(type.code, ErrorCode::kUnsupported);
  EXPECT_THAT(type.line(), HasSubstr("conv.q"));
  EXPECT_EQ(failure_of(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}})", 4).code,
            ErrorCode::kMalformed);
}

TEST(Safetensors, NeverCrashesOnFlippedBytes) {
  const auto original = write_safetensors(sample());
  SeededRng rng(3);
  for (int i = 0; i < 20000; ++i) {
    auto bytes = original;
    for (int flips = 0; flips < 3; ++flips) {
      bytes[rng.next_u64() % bytes.size()] = static_cast<std::byte>(rng.next_u64());
    }
    const auto result = parse_safetensors(bytes);
    if (!result.ok()) continue;
    for (const auto& [name, tensor] : result.value().tensors) {
      ASSERT_EQ(tensor.data.size(), element_count(tensor.shape));
    }
  }
}

TEST(Safetensors, GoesThroughAFileAndNamesItWhenBroken) {
  const TestFolder folder;
  ASSERT_TRUE(save_safetensors(folder / "w.safetensors", sample()).ok());
  EXPECT_EQ(load_safetensors(folder / "w.safetensors").value().tensors, sample().tensors);
  ASSERT_TRUE(write_file(folder / "bad", as_bytes("not safetensors")).ok());
  EXPECT_THAT(load_safetensors(folder / "bad").failure().line(),
              HasSubstr((folder / "bad").string()));
}

}  // namespace
}  // namespace veilray::tensor
