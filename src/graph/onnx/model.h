#pragma once
// An ONNX file as plain values. Its form is checked here, its meaning by import().
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "graph/op.h"

namespace veilray::graph::onnx {

/// Of a file. Protobuf makes objects of its bytes before anything can be looked at, and an empty
/// one of two bytes takes some hundred.
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 28;
/// Of all constants together: the smallest types are read into larger ones.
inline constexpr std::size_t kMaxValues = std::size_t{1} << 26;
/// Axes of a tensor.
inline constexpr std::size_t kMaxRank = 8;

/// A tensor whose values the file gives, or that follow from its shapes. As many values as the
/// shape says; floats are finite.
struct Constant {
  Shape shape;
  std::variant<std::vector<float>, std::vector<std::int64_t>> values;

  std::size_t count() const { return tensor::element_count(shape); }
  /// Null if it holds the other kind.
  const std::vector<float>* floats() const { return std::get_if<std::vector<float>>(&values); }
  const std::vector<std::int64_t>* integers() const {
    return std::get_if<std::vector<std::int64_t>>(&values);
  }
};

/// Of a kind that no operation of ours has: a graph, a list of strings.
struct OtherAttribute {};
using Attribute = std::variant<OtherAttribute, std::int64_t, float, std::string, Constant,
                               std::vector<std::int64_t>, std::vector<float>>;

/// Tensors are known by names; an empty name is an input or output that is left out.
struct OnnxNode {
  std::string type, name;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, Attribute> attributes;

  /// "node NAME (TYPE)", for the place of a failure.
  std::string place() const;
};

/// A network of one input and one output.
struct Model {
  std::string name;
  std::string input, output;
  Shape input_shape;  // [1, c, h, w]
  std::vector<OnnxNode> nodes;
  std::map<std::string, Constant> initializers;
};

/// Names for people: one line of printable ASCII, not endless.
std::string readable(const std::string& name);

/// Fails with kMalformed (cut off, not ONNX, tensors that hold another number of values than their
/// shapes say, NaN) or kUnsupported (another opset than 13 to 17, quantised, external data, dynamic
/// shapes but for the batch, which is taken as 1, several inputs or outputs, training).
Result<Model> parse_model(std::span<const std::byte> bytes);

}  // namespace veilray::graph::onnx
