#include "graph/op.h"

#include "graph/activation.h"

namespace veilray::graph {
namespace {

struct Namer {
  const char* operator()(const Input&) const { return "input"; }
  const char* operator()(const Conv2d&) const { return "conv2d"; }
  const char* operator()(const BatchNorm&) const { return "batch_norm"; }
  const char* operator()(const Polynomial&) const { return "polynomial"; }
  const char* operator()(const AveragePool&) const { return "average_pool"; }
  const char* operator()(const SumPool&) const { return "sum_pool"; }
  const char* operator()(const Flatten&) const { return "flatten"; }
  const char* operator()(const Linear&) const { return "linear"; }
  const char* operator()(const Add&) const { return "add"; }
  const char* operator()(const ChannelGate&) const { return "channel_gate"; }
  const char* operator()(const StackSquares&) const { return "stack_squares"; }
  const char* operator()(const Activation& op) const { return name_of(op); }
};

}  // namespace

const char* op_name(const Op& op) { return std::visit(Namer{}, op); }

}  // namespace veilray::graph
