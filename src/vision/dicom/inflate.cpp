#include "vision/dicom/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "vision/image.h"

namespace veilray::vision::dicom {
namespace {

// A file may be padded to an even length behind the stream; nothing else may follow it.
constexpr uInt kMaxPadding = 1;

Failure damaged() {
  return {ErrorCode::kMalformed, "the deflated DICOM file is truncated or damaged", "",
          "copy or export it again"};
}

}  // namespace

Result<std::vector<std::byte>> inflate(std::span<const std::byte> deflated) {
  constexpr int kRawDeflate = -MAX_WBITS;
  z_stream stream = {};
  if (inflateInit2(&stream, kRawDeflate) != Z_OK) return damaged();
  // zlib reads through a pointer to non-const, and does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(deflated.data()));
  stream.avail_in = static_cast<uInt>(deflated.size());

  std::vector<std::byte> out;
  std::array<std::byte, 1 << 16> block;
  int status = Z_OK;
  while (status == Z_OK && out.size() <= kMaxFileBytes) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    status = ::inflate(&stream, Z_NO_FLUSH);
    out.insert(out.end(), block.begin(), block.end() - stream.avail_out);
  }
  const bool whole = status == Z_STREAM_END && stream.avail_in <= kMaxPadding;
  inflateEnd(&stream);
  if (!whole || out.size() > kMaxFileBytes) return damaged();
  return out;
}

}  // namespace veilray::vision::dicom
