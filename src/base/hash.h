#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace veilray {

using Sha256 = std::array<std::byte, 32>;

/// SHA-256 (OpenSSL).
Sha256 sha256(std::span<const std::byte> bytes);
/// Lower-case hexadecimal.
std::string to_hex(std::span<const std::byte> bytes);

}  // namespace veilray
