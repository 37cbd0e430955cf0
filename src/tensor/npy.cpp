#include "tensor/npy.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/bytes.h"
#include "tensor/half.h"
#include "tensor/npy_header.h"

namespace veilray::tensor {
namespace {

constexpr std::uint64_t kMaxNpyBytes = std::uint64_t{8} << 30;
constexpr std::string_view kMagic = "\x93NUMPY";

Failure malformed(const char* what) {
  return {ErrorCode::kMalformed, what, "", "save it again with numpy.save"};
}

Result<std::string_view> read_header_text(ByteReader& reader) {
  const auto magic = reader.take(kMagic.size());
  if (!std::ranges::equal(magic, as_bytes(kMagic))) return malformed("not a .npy file");
  const auto major = reader.read<std::uint8_t>();
  reader.read<std::uint8_t>();  // minor version
  if (major < 1 || major > 3) return malformed("unknown version of .npy, or cut short");
  const std::size_t length =
      major == 1 ? reader.read<std::uint16_t>() : reader.read<std::uint32_t>();
  const auto text = reader.take(length);
  if (reader.failed()) return malformed(".npy file is cut short in its header");
  return std::string_view(reinterpret_cast<const char*>(text.data()), text.size());
}

void read_values(NpyType type, std::span<const std::byte> from, std::span<float> to) {
  ByteReader reader(from);
  for (float& value : to) {
    switch (type) {
      case NpyType::kF4:
        value = reader.read<float>();
        break;
      case NpyType::kF8:
        value = static_cast<float>(reader.read<double>());
        break;
      case NpyType::kF2:
        value = half_to_float(reader.read<std::uint16_t>());
        break;
    }
  }
}

}  // namespace

Result<Tensor> parse_npy(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  VEILRAY_TRY(text, read_header_text(reader));
  VEILRAY_TRY(header, parse_npy_header(text));
  const auto data = reader.take(reader.remaining());
  // Compared by division: the product of untrusted extents must not be formed first.
  std::size_t count = data.size() / size_of(header.type);
  if (data.size() % size_of(header.type) != 0 || !has_element_count(header.shape, count)) {
    return malformed(".npy file is longer or shorter than its shape says");
  }
  Tensor tensor = Tensor::zeros(std::move(header.shape));
  read_values(header.type, data, tensor.data);
  return tensor;
}

std::vector<std::byte> write_npy(const Tensor& tensor) {
  std::string shape;
  for (const auto extent : tensor.shape) shape += std::to_string(extent) + ", ";
  if (tensor.shape.size() > 1) shape.resize(shape.size() - 2);  // (3,) keeps its comma
  if (tensor.shape.size() == 1) shape.pop_back();
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  // The data starts on 64 bytes; the header ends in a newline.
  const std::size_t before = kMagic.size() + 4;
  header.resize((before + header.size() + 1 + 63) / 64 * 64 - before - 1, ' ');
  header += '\n';

  ByteWriter out;
  out.write_bytes(as_bytes(kMagic));
  out.write(std::uint8_t{1});
  out.write(std::uint8_t{0});
  out.write(static_cast<std::uint16_t>(header.size()));
  out.write_bytes(as_bytes(header));
  out.write_bytes(std::as_bytes(std::span(tensor.data)));
  return std::move(out).release();
}

Result<Tensor> load_npy(const std::filesystem::path& path) {
  VEILRAY_TRY(bytes, read_file(path, kMaxNpyBytes));
  auto tensor = parse_npy(bytes);
  if (tensor.ok()) return tensor;
  Failure failure = std::move(tensor).failure();
  failure.where = path.string();
  return failure;
}

Status save_npy(const std::filesystem::path& path, const Tensor& tensor,
                const WriteOptions& options) {
  return write_file(path, write_npy(tensor), options);
}

}  // namespace veilray::tensor
