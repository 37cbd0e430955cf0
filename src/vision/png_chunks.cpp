#include "vision/png_chunks.h"

#include <string_view>

#include "base/bytes.h"
#include "vision/image.h"

namespace veilray::vision {
namespace {

constexpr std::size_t kSignatureBytes = 8;
constexpr std::uint32_t kHeaderBytes = 13;
// Deflate never expands by more than this.
constexpr std::uint64_t kMaxInflation = 1032;

struct Chunk {
  std::string_view type;
  std::span<const std::byte> data;
};

std::uint32_t read_u32_big_endian(ByteReader& reader) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | reader.read<std::uint8_t>();
  return value;
}

Chunk next_chunk(ByteReader& reader) {
  constexpr std::size_t kCrcBytes = 4;
  const auto length = read_u32_big_endian(reader);
  const auto type = reader.take(4);
  const auto data = reader.take(length);
  reader.take(kCrcBytes);
  return {{reinterpret_cast<const char*>(type.data()), type.size()}, data};
}

PngHeader parse_header(std::span<const std::byte> data) {
  ByteReader reader(data);
  PngHeader header;
  header.width = read_u32_big_endian(reader);
  header.height = read_u32_big_endian(reader);
  header.bit_depth = reader.read<std::uint8_t>();
  header.colour_type = reader.read<std::uint8_t>();
  return header;
}

std::uint64_t channels_of(std::uint8_t colour_type) {
  switch (colour_type) {
    case 2:
      return 3;
    case 4:
      return 2;
    case 6:
      return 4;
    default:
      return 1;
  }
}

// Packed rows, less the filter bytes: a lower bound, also for interlaced files.
std::uint64_t raw_bytes(const PngHeader& header) {
  return std::uint64_t{header.width} * header.height * channels_of(header.colour_type) *
         header.bit_depth / 8;
}

Failure truncated_png() {
  return {ErrorCode::kMalformed, "the PNG image is truncated", "", "copy or export it again"};
}

}  // namespace

Result<PngHeader> check_png_chunks(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  reader.take(kSignatureBytes);
  const auto first = next_chunk(reader);
  if (reader.failed()) return truncated_png();
  if (first.type != "IHDR" || first.data.size() != kHeaderBytes) {
    return Failure{ErrorCode::kMalformed, "the PNG header is damaged", "",
                   "copy or export it again"};
  }
  const auto header = parse_header(first.data);
  VEILRAY_CHECK_OK(check_size(header.width, header.height));

  std::uint64_t deflated_bytes = 0;
  for (std::string_view type; type != "IEND";) {
    const auto chunk = next_chunk(reader);
    if (reader.failed()) return truncated_png();
    type = chunk.type;
    if (type == "acTL") {
      return Failure{ErrorCode::kUnsupported, "animated PNG images are not accepted", "",
                     "export the one frame that is the film"};
    }
    if (type == "IDAT") deflated_bytes += chunk.data.size();
  }
  if (deflated_bytes * kMaxInflation < raw_bytes(header)) return truncated_png();
  return header;
}

}  // namespace veilray::vision
