#include "graph/onnx/import.h"

#include <cstdint>
#include <cstdlib>

#include "graph/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray;
  const auto graph = graph::onnx::import(std::as_bytes(std::span(data, size)));
  // What is refused says where and how to mend it, in one line; what is taken is a graph.
  if (graph.ok() ? !graph::verify(graph.value()).ok()
                 : graph.failure().line().find('\n') != std::string::npos)
    std::abort();
  return 0;
}
