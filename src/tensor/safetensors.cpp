#include "tensor/safetensors.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "tensor/half.h"
#include "tensor/safetensors_header.h"

namespace veilray::tensor {
namespace {

constexpr std::uint64_t kMaxSafetensorsBytes = std::uint64_t{8} << 30;

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T, class Convert>
void convert_all(std::span<const std::byte> from, std::span<float> to, Convert convert) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = convert(load<T>(&from[i * sizeof(T)]));
}

void read_values(StoredType type, std::span<const std::byte> from, std::span<float> to) {
  if (to.empty()) return;
  switch (type) {
    case StoredType::kF32:
      std::memcpy(to.data(), from.data(), from.size());
      return;
    case StoredType::kF16:
      return convert_all<std::uint16_t>(from, to, half_to_float);
    case StoredType::kBF16:
      return convert_all<std::uint16_t>(from, to, bfloat16_to_float);
    case StoredType::kF64:
      return convert_all<double>(from, to, [](double v) { return static_cast<float>(v); });
    case StoredType::kI64:
      return convert_all<std::int64_t>(from, to, [](auto v) { return static_cast<float>(v); });
  }
}

void write_values(DType dtype, std::span<const float> values, ByteWriter& out) {
  if (dtype == DType::kF32) return out.write_bytes(std::as_bytes(values));
  const auto convert = dtype == DType::kF16 ? float_to_half : float_to_bfloat16;
  for (const float value : values) out.write(convert(value));
}

StoredType stored_type(DType dtype) {
  if (dtype == DType::kF32) return StoredType::kF32;
  return dtype == DType::kF16 ? StoredType::kF16 : StoredType::kBF16;
}

}  // namespace

Result<TensorFile> parse_safetensors(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  const auto header_bytes = reader.read<std::uint64_t>();
  if (reader.failed() || header_bytes > reader.remaining()) {
    return Failure{ErrorCode::kMalformed, "safetensors file is cut short or not one at all"};
  }
  const auto text = reader.take(static_cast<std::size_t>(header_bytes));
  const auto data = reader.take(reader.remaining());
  VEILRAY_TRY(header, parse_header(text, data.size()));

  TensorFile file{.tensors = {}, .metadata = std::move(header.metadata)};
  for (const auto& [name, stored] : header.tensors) {
    Tensor tensor = Tensor::zeros(stored.shape);
    read_values(stored.type, data.subspan(stored.begin, stored.end - stored.begin), tensor.data);
    file.tensors.emplace(name, std::move(tensor));
  }
  return file;
}

std::vector<std::byte> write_safetensors(const TensorFile& file, DType dtype) {
  Header header{.tensors = {}, .metadata = file.metadata};
  std::size_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const std::size_t end = offset + tensor.data.size() * size_of(stored_type(dtype));
    header.tensors[name] = {stored_type(dtype), tensor.shape, offset, end};
    offset = end;
  }
  std::string text = write_header(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data starts on 8 bytes

  ByteWriter out;
  out.write(std::uint64_t{text.size()});
  out.write_bytes(as_bytes(text));
  for (const auto& [name, tensor] : file.tensors) write_values(dtype, tensor.data, out);
  return std::move(out).release();
}

Result<TensorFile> load_safetensors(const std::filesystem::path& path) {
  VEILRAY_TRY(bytes, read_file(path, kMaxSafetensorsBytes));
  auto file = parse_safetensors(bytes);
  if (file.ok()) return file;
  Failure failure = std::move(file).failure();
  failure.where = path.string();
  return failure;
}

Status save_safetensors(const std::filesystem::path& path, const TensorFile& file, DType dtype,
                        const WriteOptions& options) {
  return write_file(path, write_safetensors(file, dtype), options);
}

}  // namespace veilray::tensor
