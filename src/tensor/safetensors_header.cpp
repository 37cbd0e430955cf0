#include "tensor/safetensors_header.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace veilray::tensor {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxHeaderBytes = std::size_t{100} << 20;
constexpr std::size_t kMaxSafetensorsAxes = 16;
constexpr const char* kMetadata = "__metadata__";

struct TypeName {
  StoredType type;
  const char* name;
  std::size_t bytes;
};
constexpr std::array<TypeName, 5> kTypes{{{StoredType::kF32, "F32", 4},
                                          {StoredType::kF16, "F16", 2},
                                          {StoredType::kBF16, "BF16", 2},
                                          {StoredType::kF64, "F64", 8},
                                          {StoredType::kI64, "I64", 8}}};

const TypeName& type_row(StoredType type) { return kTypes.at(static_cast<std::size_t>(type)); }

Failure malformed(const std::string& what) {
  return {ErrorCode::kMalformed, "safetensors header: " + what};
}
/// Names come from the file: an error stays one readable line.
std::string shortened(const std::string& name) {
  return name.size() <= 100 ? name : name.substr(0, 100) + "...";
}
Failure malformed_tensor(const std::string& name, const std::string& what) {
  return malformed("tensor " + shortened(name) + " " + what);
}

/// A DOM keeps the last of two equal keys, and nesting costs memory: both are caught on the way.
/// Throws Error: it is the only way to stop the parser at once.
class StrictParse {
 public:
  using Event = json::parse_event_t;
  void see(Event event, const json& value) {
    if (event == Event::object_start || event == Event::array_start) {
      if (keys_.size() >= kMaxDepth) refuse("is nested too deeply");
      keys_.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys_.pop_back();
    } else if (event == Event::key) {
      const auto& name = value.get_ref<const std::string&>();
      if (!keys_.back().insert(name).second) refuse("has two entries named " + shortened(name));
    }
  }

 private:
  static constexpr std::size_t kMaxDepth = 3;  // header, tensor, shape
  [[noreturn]] static void refuse(const std::string& why) {
    throw Error(ErrorCode::kMalformed, why);
  }
  std::vector<std::set<std::string>> keys_;
};

Result<json> parse_json(std::string_view text) {
  try {
    StrictParse strict;
    auto root = json::parse(text, [&](int, json::parse_event_t event, const json& value) {
      strict.see(event, value);
      return true;
    });
    if (!root.is_object()) return malformed("is not an object");
    return root;
  } catch (const Error& error) {
    return malformed(error.what());
  } catch (const json::exception&) {
    return malformed("is not JSON");
  }
}

Result<std::vector<std::uint64_t>> parse_numbers(const json& array) {
  if (!array.is_array() || array.size() > kMaxSafetensorsAxes) return malformed("");
  std::vector<std::uint64_t> numbers;
  for (const json& number : array) {
    if (!number.is_number_unsigned()) return malformed("");
    numbers.push_back(number.get<std::uint64_t>());
  }
  return numbers;
}

/// Bytes of a tensor of this shape, if they are at most `limit`.
std::optional<std::size_t> bytes_of(const std::vector<std::uint64_t>& shape, std::size_t each,
                                    std::size_t limit) {
  // Zeros are left out of the product, so that no order of extents can overflow later.
  std::uint64_t bytes = each;
  bool empty = false;
  for (const std::uint64_t extent : shape) {
    empty = empty || extent == 0;
    if (extent != 0 && bytes > limit / extent) return std::nullopt;
    bytes *= extent == 0 ? 1 : extent;
  }
  if (empty) return 0;
  return bytes <= limit ? std::optional(static_cast<std::size_t>(bytes)) : std::nullopt;
}

Result<StoredType> parse_type(const std::string& name, const json& value) {
  if (!value.is_string()) return malformed_tensor(name, "has no dtype");
  const auto& wanted = value.get_ref<const std::string&>();
  for (const TypeName& row : kTypes) {
    if (wanted == row.name) return row.type;
  }
  return Failure{ErrorCode::kUnsupported,
                 "tensor " + shortened(name) + " has values of type " + shortened(wanted), "",
                 "convert it to F32, F16 or BF16"};
}

Result<StoredTensor> parse_tensor(const std::string& name, const json& entry,
                                  std::size_t data_bytes) {
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") ||
      !entry.contains("shape") || !entry.contains("data_offsets")) {
    return malformed_tensor(name, "needs exactly dtype, shape and data_offsets");
  }
  VEILRAY_TRY(type, parse_type(name, entry["dtype"]));
  const auto shape = parse_numbers(entry["shape"]);
  if (!shape.ok()) return malformed_tensor(name, "has a bad shape");
  const auto offsets = parse_numbers(entry["data_offsets"]);
  if (!offsets.ok() || offsets.value().size() != 2) {
    return malformed_tensor(name, "has bad data_offsets");
  }
  const auto begin = offsets.value()[0], end = offsets.value()[1];
  if (begin > end || end > data_bytes) {
    return malformed_tensor(name, "lies outside of the file (is it cut short?)");
  }
  const auto bytes = bytes_of(shape.value(), size_of(type), data_bytes);
  if (!bytes || *bytes != end - begin) {
    return malformed_tensor(name, "has a shape that does not match its data");
  }
  return StoredTensor{type, Shape(shape.value().begin(), shape.value().end()),
                      static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
}

Result<std::map<std::string, std::string>> parse_metadata(const json& entry) {
  if (!entry.is_object()) return malformed("metadata is not an object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) return malformed("metadata " + shortened(key) + " is not a string");
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

Status check_tiling(const Header& header, std::size_t data_bytes) {
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  ranges.reserve(header.tensors.size());
  for (const auto& [name, stored] : header.tensors) ranges.emplace_back(stored.begin, stored.end);
  std::sort(ranges.begin(), ranges.end());
  std::size_t at = 0;
  for (const auto& [begin, end] : ranges) {
    if (begin != at) return malformed("the tensors' ranges overlap or leave holes");
    at = end;
  }
  if (at != data_bytes) return malformed("bytes that belong to no tensor follow the last one");
  return Done{};
}

}  // namespace

std::size_t size_of(StoredType type) { return type_row(type).bytes; }

Result<Header> parse_header(std::span<const std::byte> text, std::size_t data_bytes) {
  if (text.size() > kMaxHeaderBytes) return malformed("is too long");
  VEILRAY_TRY(root, parse_json({reinterpret_cast<const char*>(text.data()), text.size()}));
  Header header;
  for (const auto& [name, entry] : root.items()) {
    if (name == kMetadata) {
      VEILRAY_TRY(metadata, parse_metadata(entry));
      header.metadata = std::move(metadata);
    } else {
      VEILRAY_TRY(stored, parse_tensor(name, entry, data_bytes));
      header.tensors.emplace(name, std::move(stored));
    }
  }
  VEILRAY_CHECK_OK(check_tiling(header, data_bytes));
  return header;
}

std::string write_header(const Header& header) {
  json root = json::object();
  if (!header.metadata.empty()) root[kMetadata] = header.metadata;
  for (const auto& [name, stored] : header.tensors) {
    root[name] = {{"dtype", type_row(stored.type).name},
                  {"shape", stored.shape},
                  {"data_offsets", {stored.begin, stored.end}}};
  }
  try {
    return root.dump();
  } catch (const json::exception&) {
    throw Error(ErrorCode::kInvalidArgument, "a tensor's name or metadata is not UTF-8");
  }
}

}  // namespace veilray::tensor
