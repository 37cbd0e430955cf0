#include "graph/onnx/call.h"

#include <fmt/format.h>

#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {

Result<const Value*> Call::value(std::size_t i) const {
  if (!has(i)) return malformed(fmt::format("input {} is missing", i));
  return inputs_[i];
}

const Constant* Call::constant_or_null(std::size_t i) const {
  return has(i) ? std::get_if<Constant>(inputs_[i]) : nullptr;
}

const Signal* Call::signal_or_null(std::size_t i) const {
  return has(i) ? std::get_if<Signal>(inputs_[i]) : nullptr;
}

Result<const Constant*> Call::constant(std::size_t i) const {
  VEILRAY_CHECK_OK(value(i));
  if (const Constant* found = constant_or_null(i)) return found;
  return unsupported(fmt::format("its input {} depends on the network's input", i),
                     "only a constant can be used here");
}

Result<std::vector<float>> Call::floats(std::size_t i) const {
  if (!has(i)) return std::vector<float>{};
  VEILRAY_TRY(found, constant(i));
  if (found->floats() == nullptr) return malformed(fmt::format("input {} is not of floats", i));
  return std::vector<float>(*found->floats());
}

Result<std::vector<std::int64_t>> Call::integers(std::size_t i) const {
  if (!has(i)) return std::vector<std::int64_t>{};
  VEILRAY_TRY(found, constant(i));
  if (found->integers() == nullptr) return malformed(fmt::format("input {} is not of integers", i));
  return std::vector<std::int64_t>(*found->integers());
}

Result<Signal> Call::padded_signal(std::size_t i) const {
  VEILRAY_CHECK_OK(value(i));
  const Signal* found = signal_or_null(i);
  if (found == nullptr)
    return unsupported("it computes on constants",
                       "let the exporter fold them: do_constant_folding");
  if (found->expanded)
    return unsupported("it reads what Expand made", "multiply a map by it, nothing else");
  return Signal(*found);
}

Result<Signal> Call::signal(std::size_t i) const {
  VEILRAY_TRY(found, padded_signal(i));
  return net_.settled(found);
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape out(rank, 1);
  for (std::size_t axis = 0; axis < rank; ++axis) {  // from the last
    const std::int64_t x = axis < a.size() ? a[a.size() - 1 - axis] : 1;
    const std::int64_t y = axis < b.size() ? b[b.size() - 1 - axis] : 1;
    if (x != y && x != 1 && y != 1) return std::nullopt;
    out[rank - 1 - axis] = x == 1 ? y : x;
  }
  return out;
}

}  // namespace veilray::graph::onnx
