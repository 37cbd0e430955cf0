#include "base/bytes.h"

#include <limits>

#include "base/error.h"

namespace veilray {

std::span<const std::byte> ByteReader::take(std::size_t count) {
  if (failed_ || count > bytes_.size()) {
    fail();
    return {};
  }
  const auto taken = bytes_.first(count);
  bytes_ = bytes_.subspan(count);
  return taken;
}

std::string ByteReader::read_string(std::size_t max_bytes) {
  const auto length = read<std::uint32_t>();
  if (length > max_bytes) fail();
  const auto from = take(failed_ ? 0 : length);
  return {reinterpret_cast<const char*>(from.data()), from.size()};
}

void ByteWriter::write_string(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorCode::kInvalidArgument, "string too long to be written");
  }
  write(static_cast<std::uint32_t>(text.size()));
  write_bytes(std::as_bytes(std::span(text)));
}

}  // namespace veilray
