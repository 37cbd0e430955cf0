#pragma once
// How an import fails. A place that is left out is filled in by the caller, who knows the node.
#include <string>
#include <utility>

#include "base/error.h"

namespace veilray::graph::onnx {

/// What no exporter writes.
inline Failure malformed(std::string what, std::string where = {}) {
  return {ErrorCode::kMalformed, std::move(what), std::move(where), "export the network again"};
}

/// What is ONNX and has no counterpart in a graph of ours.
inline Failure unsupported(std::string what, std::string mend, std::string where = {}) {
  return {ErrorCode::kUnsupported, std::move(what), std::move(where), std::move(mend)};
}

/// `failure`, with a place if it has none.
inline Failure placed(Failure failure, const std::string& where) {
  if (failure.where.empty()) failure.where = where;
  return failure;
}

}  // namespace veilray::graph::onnx
