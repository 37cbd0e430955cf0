#include "graph/onnx/proto.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "graph/onnx/refusal.h"
#include "tensor/half.h"

namespace veilray::graph::onnx {
namespace {

using ::onnx::AttributeProto;
using ::onnx::TensorProto;

static_assert(std::endian::native == std::endian::little, "raw data is little-endian");

/// A quarter of a gigabyte of floats.
constexpr std::int64_t kMaxElements = std::int64_t{1} << 26;

Result<Shape> read_shape(const TensorProto& from) {
  if (from.dims_size() > static_cast<int>(kMaxRank))
    return malformed("a tensor has more than 8 axes");
  Shape shape;
  std::int64_t count = 1;
  for (const std::int64_t extent : from.dims()) {
    if (extent < 0) return malformed("a tensor has a negative extent");
    if (extent <= kMaxElements) count *= extent;
    if (extent > kMaxElements || count > kMaxElements)
      return unsupported("the tensor is too large", "2^26 values are the most");
    shape.push_back(extent);
  }
  return shape;
}

/// The tensor's values, stored as `Stored` in raw_data or else in `list`; nothing if there are not
/// as many as there should be.
template <class Out, class Stored, class List, class Convert>
std::optional<std::vector<Out>> values(const TensorProto& from, std::size_t count, const List& list,
                                       const Convert& convert) {
  std::vector<Out> out;
  if (!from.has_raw_data()) {
    if (static_cast<std::size_t>(list.size()) != count) return std::nullopt;
    out.reserve(count);
    for (const auto value : list) out.push_back(convert(static_cast<Stored>(value)));
    return out;
  }
  const std::string& raw = from.raw_data();
  if (raw.size() != count * sizeof(Stored)) return std::nullopt;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Stored value{};
    std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
    out.push_back(convert(value));
  }
  return out;
}

std::optional<std::vector<float>> floats(const TensorProto& from, std::size_t count) {
  const auto narrow = [](double value) { return static_cast<float>(value); };
  switch (from.data_type()) {
    case TensorProto::FLOAT:
      return values<float, float>(from, count, from.float_data(), [](float v) { return v; });
    case TensorProto::DOUBLE:
      return values<float, double>(from, count, from.double_data(), narrow);
    case TensorProto::FLOAT16:
      return values<float, std::uint16_t>(from, count, from.int32_data(), tensor::half_to_float);
    default:
      return values<float, std::uint16_t>(from, count, from.int32_data(),
                                          tensor::bfloat16_to_float);
  }
}

std::optional<std::vector<std::int64_t>> integers(const TensorProto& from, std::size_t count) {
  const auto widen = [](auto value) { return std::int64_t{value}; };
  switch (from.data_type()) {
    case TensorProto::INT64:
      return values<std::int64_t, std::int64_t>(from, count, from.int64_data(), widen);
    case TensorProto::INT32:
      return values<std::int64_t, std::int32_t>(from, count, from.int32_data(), widen);
    default:
      return values<std::int64_t, std::uint8_t>(from, count, from.int32_data(), widen);
  }
}

bool is_integer(int type) {
  return type == TensorProto::INT64 || type == TensorProto::INT32 || type == TensorProto::BOOL;
}

}  // namespace

bool is_float(int type) {
  return type == TensorProto::FLOAT || type == TensorProto::DOUBLE ||
         type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16;
}

Result<Constant> read_tensor(const TensorProto& from) {
  if (from.data_location() == TensorProto::EXTERNAL || from.external_data_size() > 0)
    return unsupported("the tensor's values are in another file", "export into one file");
  if (!is_float(from.data_type()) && !is_integer(from.data_type())) {
    const auto type = from.data_type();
    const bool small = type == TensorProto::INT8 || type == TensorProto::UINT8;
    return unsupported(small ? "the network is quantised" : "the tensor's type is not read",
                       "export the float network");
  }
  VEILRAY_TRY(shape, read_shape(from));
  const auto count = tensor::element_count(shape);
  const Failure wrong_count =
      malformed("the tensor does not hold as many values as its shape says, or is cut off");
  if (is_integer(from.data_type())) {
    auto read = integers(from, count);
    if (!read) return wrong_count;
    return Constant{std::move(shape), std::move(*read)};
  }
  auto read = floats(from, count);
  if (!read) return wrong_count;
  if (!std::ranges::all_of(*read, [](float value) { return std::isfinite(value); }))
    return Failure{ErrorCode::kInvalidArgument, "a weight is NaN or infinite", "",
                   "train the network again"};
  return Constant{std::move(shape), std::move(*read)};
}

Result<Attribute> read_attribute(const AttributeProto& from) {
  switch (from.type()) {
    case AttributeProto::INT:
      return Attribute(from.i());
    case AttributeProto::FLOAT:
      return Attribute(from.f());
    case AttributeProto::STRING:
      return Attribute(from.s());
    case AttributeProto::INTS:
      return Attribute(std::vector<std::int64_t>(from.ints().begin(), from.ints().end()));
    case AttributeProto::FLOATS:
      return Attribute(std::vector<float>(from.floats().begin(), from.floats().end()));
    case AttributeProto::TENSOR: {
      VEILRAY_TRY(tensor, read_tensor(from.t()));
      return Attribute(std::move(tensor));
    }
    default:
      return Attribute(OtherAttribute{});
  }
}

}  // namespace veilray::graph::onnx
