#pragma once
// Little-endian reading and writing of untrusted bytes: every read is bounded, and the first one
// that does not fit makes the reader fail for good, so that a parser checks once, at its end.
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace veilray {

static_assert(std::endian::native == std::endian::little, "formats are little-endian");

template <class T>
concept WireScalar = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// The next value, or zero once the reader has failed.
  template <WireScalar T>
  T read() {
    T value{};
    const auto from = take(sizeof(T));
    if (from.size() == sizeof(T)) std::memcpy(&value, from.data(), sizeof(T));
    return value;
  }
  /// A view of the next `count` bytes; empty, and the reader fails, if there are fewer.
  std::span<const std::byte> take(std::size_t count);
  /// A string with a u32 length before it, at most `max_bytes` long.
  std::string read_string(std::size_t max_bytes);

  std::size_t remaining() const noexcept { return bytes_.size(); }
  bool failed() const noexcept { return failed_; }
  /// No read failed and nothing is left over.
  bool finished() const noexcept { return !failed_ && bytes_.empty(); }
  void fail() noexcept { failed_ = true, bytes_ = {}; }

 private:
  std::span<const std::byte> bytes_;
  bool failed_ = false;
};

class ByteWriter {
 public:
  template <WireScalar T>
  void write(T value) {
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof(T));
  }
  void write_bytes(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void write_string(std::string_view text);

  std::size_t size() const noexcept { return bytes_.size(); }
  std::span<const std::byte> view() const noexcept { return bytes_; }
  std::vector<std::byte> release() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace veilray
