#include "graph/onnx/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/file.h"
#include "graph/onnx/call.h"
#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {
namespace {

/// The nodes one after the other, and the value of every tensor so far.
class Importer {
 public:
  explicit Importer(Model model) : model_(std::move(model)), net_(model_.name, model_.input_shape) {
    for (auto& [name, constant] : model_.initializers) values_[name] = std::move(constant);
    values_[model_.input] = net_.input();
    for (const auto& node : model_.nodes)
      for (const auto& input : node.inputs) ++uses_[input];
    ++uses_[model_.output];
  }

  Result<Graph> run() && {
    for (const auto& node : model_.nodes) {
      auto done = import(node);
      if (!done.ok()) return placed(std::move(done).failure(), node.place());
    }
    auto output = result();
    if (!output.ok())
      return placed(std::move(output).failure(), "output " + readable(model_.output));
    return std::move(net_).finish(output.value());
  }

 private:
  Result<std::vector<const Value*>> inputs_of(const OnnxNode& node) const {
    std::vector<const Value*> inputs;
    for (const auto& name : node.inputs) {
      const auto found = values_.find(name);
      if (!name.empty() && found == values_.end())
        return malformed("it reads " + readable(name) +
                         ", which no node before it gives: out of order, or a circle");
      inputs.push_back(name.empty() ? nullptr : &found->second);
    }
    return inputs;
  }

  Status import(const OnnxNode& node) {
    const Operator known = find_operator(node.type);
    if (known == nullptr) return refusal_of(node.type);
    for (std::size_t i = 1; i < node.outputs.size(); ++i)
      if (uses_.contains(node.outputs[i]) && !node.outputs[i].empty())
        return unsupported("its second output is used", "export in evaluation mode");
    if (node.outputs.empty() || node.outputs[0].empty()) return malformed("it gives nothing");
    const std::string& output = node.outputs[0];
    if (values_.contains(output)) return malformed("two nodes give " + readable(output));
    VEILRAY_TRY(inputs, inputs_of(node));
    Call call(node, std::move(inputs), net_);
    VEILRAY_TRY(value, known(call));
    VEILRAY_CHECK_OK(call.status());
    if (const auto* constant = std::get_if<Constant>(&value)) {
      made_ += constant->count();
      if (made_ > kMaxValues)
        return unsupported("the file's constants are too large", "2^26 values are the most");
    }
    VEILRAY_TRY(kept, prepared(std::move(value), output));
    values_[output] = std::move(kept);
    return Done{};
  }

  /// As those who read it will find it.
  Result<Value> prepared(Value value, const std::string& output) {
    auto* signal = std::get_if<Signal>(&value);
    if (signal == nullptr) return value;
    const auto& p = signal->polynomial;
    if (!std::ranges::all_of(p, [](double c) { return std::isfinite(c); }))
      return malformed("a coefficient is beyond all numbers");
    if (degree(p) > Net::kMaxDegree)
      return unsupported("a polynomial of high degree", "degree 2 or 3 is what can be encrypted");
    const int uses = uses_[output];
    signal->exclusive = signal->exclusive && uses == 1;
    if (uses > 1 && (degree(p) > 1 || net_.is_activation(*signal)))
      return Value(net_.pinned(std::move(*signal)));
    return value;
  }

  Result<NodeId> result() {
    const auto found = values_.find(model_.output);
    if (found == values_.end()) return malformed("no node gives it");
    const auto* signal = std::get_if<Signal>(&found->second);
    if (signal == nullptr)
      return unsupported("it does not depend on the input", "export the whole network");
    const auto longer = [](std::int64_t extent) { return extent != 1; };
    if (signal->is_padded() || signal->expanded || std::ranges::count_if(signal->shape, longer) > 1)
      return unsupported("it is no list of numbers", "end the network with a dense layer");
    return net_.vector_of(*signal);
  }

  Model model_;
  Net net_;
  std::map<std::string, Value> values_;
  std::map<std::string, int> uses_;
  std::size_t made_ = 0;  // values of constants that nodes gave: copies of large ones add up
};

}  // namespace

Result<Graph> import(std::span<const std::byte> bytes) {
  VEILRAY_TRY(model, parse_model(bytes));
  return Importer(std::move(model)).run();
}

Result<Graph> load(const std::filesystem::path& path) {
  VEILRAY_TRY(bytes, read_file(path, kMaxFileBytes));
  auto graph = import(bytes);
  if (graph.ok()) {
    graph.value().name = readable(path.stem().string());
    return graph;
  }
  Failure failure = std::move(graph).failure();
  failure.where = path.string() + (failure.where.empty() ? "" : ", " + failure.where);
  return failure;
}

}  // namespace veilray::graph::onnx
