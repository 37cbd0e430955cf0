#include "plan/message.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "base/bytes.h"

namespace veilray::plan {
namespace {

constexpr std::array<char, 8> kMessageMagic{'V', 'R', 'M', 'S', 'G', '\0', '\0', '\2'};

Failure malformed_message(std::string what) {
  return {ErrorCode::kMalformed, std::move(what), "ciphertext file",
          "encrypt the image again, or transfer the file again"};
}

}  // namespace

Bytes join_message(std::span<const Bytes> ciphertexts) {
  ByteWriter out;
  out.write_bytes(std::as_bytes(std::span(kMessageMagic)));
  out.write(static_cast<std::uint32_t>(ciphertexts.size()));
  for (const Bytes& ciphertext : ciphertexts) {
    out.write(std::uint64_t{ciphertext.size()});
    out.write_bytes(ciphertext);
  }
  return std::move(out).release();
}

Result<std::vector<std::span<const std::byte>>> split_message(std::span<const std::byte> message,
                                                              std::size_t expected) {
  ByteReader in(message);
  const auto magic = in.take(kMessageMagic.size());
  if (magic.size() != kMessageMagic.size() ||
      std::memcmp(magic.data(), kMessageMagic.data(), kMessageMagic.size()) != 0)
    return malformed_message("not a Veilray ciphertext file");
  const auto count = in.read<std::uint32_t>();
  if (in.failed()) return malformed_message("a ciphertext file is cut short");
  if (count != expected)
    return malformed_message(fmt::format(
        "a ciphertext file holds {} ciphertexts where the model expects {}", count, expected));
  std::vector<std::span<const std::byte>> parts;
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    const auto length = in.read<std::uint64_t>();
    if (length > in.remaining()) in.fail();
    parts.push_back(in.take(static_cast<std::size_t>(length)));
  }
  if (in.failed()) return malformed_message("a ciphertext file is cut short");
  if (!in.finished()) return malformed_message("a ciphertext file has bytes left over");
  return parts;
}

}  // namespace veilray::plan
