#pragma once
// Networks out of ONNX files, opset 13 to 17, as torch.onnx.export writes them
// (docs/adr/0015-onnx-import.md).
#include <filesystem>
#include <span>

#include "base/error.h"
#include "graph/graph.h"

namespace veilray::graph::onnx {

/// The network as a graph, verified, that computes the same: batch 1, [c, h, w] in, [n] out. What
/// is spread over Mul, Add and Pow of one tensor is one Polynomial; nodes bear the file's names.
/// Fails with kMalformed, kUnsupported or kInvalidArgument, naming the node or tensor, for what
/// parse_model() refuses, nodes out of order or in a circle, and whatever a graph cannot express.
Result<Graph> import(std::span<const std::byte> bytes);

/// As import(), of a file of at most 256 MiB, whose name the graph bears; the failure names the
/// path, too.
Result<Graph> load(const std::filesystem::path& path);

}  // namespace veilray::graph::onnx
