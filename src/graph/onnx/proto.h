#pragma once
// Tensors and attributes as protobuf messages. Included only by what reads the file's bytes: the
// generated header is slow to compile.
#include <onnx/onnx_pb.h>

#include "graph/onnx/model.h"

namespace veilray::graph::onnx {

/// One of the float types whose values are read: single, double, half, bfloat16.
bool is_float(int type);

/// Fails without a place: a type that is not read, external data, too many values, another number
/// of values than the shape says, NaN or infinity.
Result<Constant> read_tensor(const ::onnx::TensorProto& from);

Result<Attribute> read_attribute(const ::onnx::AttributeProto& from);

}  // namespace veilray::graph::onnx
