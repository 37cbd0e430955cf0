#include "tensor/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "base/test_folder.h"

namespace veilray::tensor {
namespace {

using testing::HasSubstr;

/// A file as NumPy writes it, with this header text.
std::vector<std::byte> npy(const std::string& header, std::span<const std::byte> data,
                           std::uint8_t version = 1) {
  ByteWriter writer;
  writer.write_bytes(as_bytes("\x93NUMPY"));
  writer.write(version);
  writer.write(std::uint8_t{0});
  if (version == 1) {
    writer.write(static_cast<std::uint16_t>(header.size()));
  } else {
    writer.write(static_cast<std::uint32_t>(header.size()));
  }
  writer.write_bytes(as_bytes(header));
  writer.write_bytes(data);
  return std::move(writer).release();
}

std::string header_of(const std::string& descr, const std::string& shape,
                      const std::string& order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }  \n";
}

template <class T>
std::vector<std::byte> data_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

TEST(Npy, ReadsWhatItWroteForEveryRank) {
  for (const Shape& shape :
       {Shape{}, Shape{5}, Shape{2, 3}, Shape{1, 2, 3, 4}, Shape{0}, Shape{3, 0}}) {
    Tensor tensor = Tensor::zeros(shape);
    for (std::size_t i = 0; i < tensor.data.size(); ++i) tensor.data[i] = static_cast<float>(i) / 7;
    const auto read = parse_npy(write_npy(tensor));
    ASSERT_TRUE(read.ok()) << read.failure().line();
    EXPECT_EQ(read.value(), tensor);
  }
}

// numpy.save(f, numpy.array([[1, 2.5]], dtype='<f4')), NumPy 1.24.
TEST(Npy, WritesTheBytesOfNumpy) {
  std::string wanted = "\x93NUMPY";
  wanted += std::string("\x01\x00\x76\x00", 4);
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  header.resize(117, ' ');
  wanted += header + "\n" + std::string("\x00\x00\x80\x3f\x00\x00\x20\x40", 8);
  const auto bytes = write_npy({{1, 2}, {1, 2.5F}});
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), wanted);
}

TEST(Npy, ReadsAllThreeVersionsAndTypes) {
  const Tensor wanted{{2}, {1, -2.5F}};
  for (const auto version : std::vector<std::uint8_t>{1, 2, 3}) {
    EXPECT_EQ(parse_npy(npy(header_of("<f4", "(2,)"), data_of<float>({1, -2.5F}), version)).value(),
              wanted);
  }
  EXPECT_EQ(parse_npy(npy(header_of("<f8", "(2,)"), data_of<double>({1, -2.5}))).value(), wanted);
  EXPECT_EQ(
      parse_npy(npy(header_of("<f2", "(2,)"), data_of<std::uint16_t>({0x3c00, 0xc100}))).value(),
      wanted);
}

TEST(Npy, ReadsKeysInAnyOrderAndEitherQuote) {
  const std::string header = R"({"shape": (1,), "descr": "<f4", "fortran_order": False})";
  EXPECT_TRUE(parse_npy(npy(header, data_of<float>({1}))).ok());
}

TEST(Npy, RefusesTypesAndOrdersItDoesNotKnow) {
  for (const char* descr : {">f4", "|u1", "<i8", "<c8", "|O"}) {
    const auto result = parse_npy(npy(header_of(descr, "(1,)"), data_of<float>({1})));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.failure().code, ErrorCode::kUnsupported);
    EXPECT_THAT(result.failure().line(), HasSubstr(descr));
  }
  const auto fortran = parse_npy(npy(header_of("<f4", "(1, 1)", "True"), data_of<float>({1})));
  EXPECT_EQ(fortran.failure().code, ErrorCode::kUnsupported);
}

TEST(Npy, RefusesHeadersThatDoNotParse) {
  const auto data = data_of<float>({1});
  const std::string good = header_of("<f4", "(1,)");
  ASSERT_TRUE(parse_npy(npy(good, data)).ok());
  for (const std::string& header :
       {std::string(), std::string("{}"), good + "x", "x" + good, header_of("<f4", "(1)"),
        header_of("<f4", "(-1,)"), header_of("<f4", "(1,,)"), header_of("<f4", "1"),
        header_of("<f4", "(99999999999999999999,)"), header_of("<f4", "(1,)", "0"),
        std::string("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}"),
        std::string("{'descr': '<f4', 'fortran_order': False}"),
        std::string("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 'y'}"),
        std::string("{'descr': '<f4")}) {
    const auto result = parse_npy(npy(header, data));
    ASSERT_FALSE(result.ok()) << header;
    EXPECT_EQ(result.failure().code, ErrorCode::kMalformed) << header;
  }
}

TEST(Npy, RefusesDataLongerOrShorterThanTheShape) {
  for (const char* shape : {"(2,)", "()", "(0,)", "(3, 2)", "(1099511627776, 1099511627776)",
                            "(0, 1099511627776, 1099511627776)"}) {
    const auto data = std::string(shape) == "()" ? data_of<float>({1, 2}) : data_of<float>({1});
    EXPECT_EQ(parse_npy(npy(header_of("<f4", shape), data)).failure().code, ErrorCode::kMalformed)
        << shape;
  }
}

TEST(Npy, RefusesPartOfAValueAtTheEnd) {
  auto data = data_of<float>({1});
  data.push_back(std::byte{0});
  EXPECT_EQ(parse_npy(npy(header_of("<f4", "(1,)"), data)).failure().code, ErrorCode::kMalformed);
}

TEST(Npy, RefusesEveryTruncation) {
  const auto bytes = write_npy({{2, 2}, {1, 2, 3, 4}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result = parse_npy(std::span(bytes).first(size));
    ASSERT_FALSE(result.ok()) << size;
    ASSERT_EQ(result.failure().code, ErrorCode::kMalformed) << size;
  }
}

TEST(Npy, NeverCrashesOnFlippedBytes) {
  const auto original = write_npy({{2, 2}, {1, 2, 3, 4}});
  SeededRng rng(4);
  for (int i = 0; i < 20000; ++i) {
    auto bytes = original;
    for (int flips = 0; flips < 3; ++flips) {
      bytes[rng.next_u64() % bytes.size()] = static_cast<std::byte>(rng.next_u64());
    }
    const auto result = parse_npy(bytes);
    if (result.ok()) {
      ASSERT_EQ(result.value().data.size(), element_count(result.value().shape));
    }
  }
}

TEST(Npy, GoesThroughAFileAndNamesItWhenBroken) {
  const TestFolder folder;
  const Tensor tensor{{2}, {1, 2}};
  ASSERT_TRUE(save_npy(folder / "x.npy", tensor).ok());
  EXPECT_EQ(load_npy(folder / "x.npy").value(), tensor);
  EXPECT_EQ(save_npy(folder / "x.npy", tensor).failure().code, ErrorCode::kExists);
  ASSERT_TRUE(write_file(folder / "bad", as_bytes("no array")).ok());
  EXPECT_THAT(load_npy(folder / "bad").failure().line(), HasSubstr((folder / "bad").string()));
  EXPECT_EQ(load_npy(folder / "none").failure().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace veilray::tensor
