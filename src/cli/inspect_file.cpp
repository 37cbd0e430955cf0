#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/bytes.h"
#include "base/in_file.h"
#include "ckks/envelope.h"
#include "cli/inspection.h"
#include "cli/latent.h"
#include "cli/reports.h"
#include "plan/message.h"
#include "tensor/npy.h"
#include "tensor/safetensors.h"
#include "vision/image.h"

namespace veilray::cli {
namespace {

using Bytes = std::span<const std::byte>;
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;

bool begins_with(Bytes bytes, std::string_view magic) {
  const auto wanted = as_bytes(magic);
  return bytes.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), bytes.begin());
}

const char* envelope_kind(std::uint16_t kind) {
  constexpr std::array kNames = {"unknown",        "params",     "ciphertext",
                                 "evaluation-key", "secret-key", "public-key"};
  return kind < kNames.size() ? kNames[kind] : kNames[0];
}

/// Keys, ciphertexts, parameters: what the header says, and whether the file is whole. Nothing of a
/// secret key is looked at.
Result<Report> inspect_envelope(Bytes bytes) {
  ByteReader in(bytes.subspan(4));
  const auto version = in.read<std::uint16_t>();
  const auto kind = in.read<std::uint16_t>();
  const auto* name = envelope_kind(kind);
  VEILRAY_TRY(envelope, ckks::open_envelope(static_cast<ckks::WireKind>(kind), name, bytes));
  const auto parameters = to_hex(envelope.params_fingerprint);
  return Report{{{"kind", name},
                 {"version", version},
                 {"parameters", parameters},
                 {"sizes", {{"file", bytes.size()}}}},
                fmt::format("{}, format {}, {}\nparameters {}\n", name, version,
                            bytes_text(bytes.size()), parameters)};
}

Result<Report> inspect_message(Bytes bytes) {
  constexpr std::size_t kCountAt = 8;
  ByteReader in(bytes.subspan(kCountAt));
  VEILRAY_TRY(parts, plan::split_message(bytes, in.read<std::uint32_t>()));
  for (const auto part : parts) {
    VEILRAY_CHECK_OK(ckks::open_envelope(ckks::WireKind::kCiphertext, "ciphertext", part));
  }
  return Report{
      {{"kind", "message"}, {"ciphertexts", parts.size()}, {"sizes", {{"file", bytes.size()}}}},
      fmt::format("request or answer, {} ciphertext{}, {}\n", parts.size(),
                  parts.size() == 1 ? "" : "s", bytes_text(bytes.size()))};
}

Result<Report> inspect_npy(Bytes bytes) {
  VEILRAY_TRY(array, tensor::parse_npy(bytes));
  return Report{{{"kind", "array"}, {"shape", array.shape}},
                fmt::format("array {}\n", shape_text(array.shape))};
}

Result<Report> inspect_image(Bytes bytes) {
  VEILRAY_TRY(image, vision::decode_image(bytes, {.force = true}));
  return Report{{{"kind", "image"},
                 {"width", image.width},
                 {"height", image.height},
                 {"channels", image.channels()},
                 {"max_value", image.max_value}},
                fmt::format("image, {} x {}, {}, up to {}\n", image.width, image.height,
                            image.channels() == 1 ? "grey" : "RGB", image.max_value)};
}

Result<Report> inspect_safetensors(Bytes bytes) {
  VEILRAY_TRY(file, tensor::parse_safetensors(bytes));
  Report report;
  report.json = {{"kind", "weights"}, {"metadata", file.metadata}, {"tensors", Json::array()}};
  std::size_t numbers = 0;
  for (const auto& [name, value] : file.tensors) {
    report.json["tensors"].push_back({{"name", name}, {"shape", value.shape}});
    report.text += fmt::format("  {} [{}]\n", name, shape_text(value.shape));
    numbers += value.data.size();
  }
  report.text =
      fmt::format("weights, {} tensors, {} numbers\n", file.tensors.size(), numbers) + report.text;
  return report;
}

Result<Report> inspect_bytes(Bytes bytes) {
  if (begins_with(bytes, "VRLY") && bytes.size() >= ckks::kEnvelopeHeaderBytes) {
    return inspect_envelope(bytes);
  }
  if (begins_with(bytes, "VRMSG") && bytes.size() > 8) return inspect_message(bytes);
  if (begins_with(bytes, "\x93NUMPY")) return inspect_npy(bytes);
  if (vision::file_type(bytes) != vision::FileType::kOther) return inspect_image(bytes);
  if (bytes.size() > 8 && bytes[8] == std::byte{'{'}) return inspect_safetensors(bytes);
  return Failure{ErrorCode::kUnsupported, "not a kind of file that Veilray knows", "",
                 "give a model, kit, key, ciphertext, array, weights or film"};
}

}  // namespace

Result<Report> inspect_file(const std::filesystem::path& path) {
  VEILRAY_TRY(bytes, read_file(path, kMaxBytes));
  return in_file(path, inspect_bytes(bytes));
}

}  // namespace veilray::cli
