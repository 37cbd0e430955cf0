#include "graph/approximation/approximate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/activation.h"
#include "graph/approximation/fit.h"
#include "graph/horner.h"
#include "graph/interpret.h"
#include "graph/passes/edit.h"
#include "graph/verify.h"

namespace veilray::graph {
namespace {

/// Values that one fit looks at, taken evenly from all that enter the activation.
constexpr std::size_t kMostSamples = std::size_t{1} << 22;
/// Of the spread of an activation's values: what a level must gain. Besides, a square that bends
/// less is small beside its line, which costs precision once it is made monic.
constexpr double kWorthALevel = 1e-2;
/// A cubic must bring the root-mean-square error below this part of the quadratic's: it costs a
/// level more.
constexpr double kCubicGain = 0.5;

std::string place_of(const Node& node) {
  return fmt::format("node {} ({})", node.name, op_name(node.op));
}

/// What the rest of the network and its encryption allow in the place of an activation.
struct Forms {
  bool gates = false;  // its values are the factors of a gate: no square
  bool cubic = false;  // a convolution or dense layer before it takes up a shift
};

Forms forms_for(Graph& graph, NodeId id) {
  Forms forms;
  for (const NodeId user : users_of(graph, id))
    forms.gates = forms.gates || (std::holds_alternative<ChannelGate>(graph.node(user).op) &&
                                  graph.node(user).inputs.at(1) == id);
  NodeId at = id;  // norms will have been folded
  while (std::holds_alternative<BatchNorm>(graph.node(graph.node(at).inputs[0]).op) &&
         users_of(graph, graph.node(at).inputs[0]).size() == 1)
    at = graph.node(at).inputs[0];
  forms.cubic = !exclusive_linear_producers(graph, at).empty();
  return forms;
}

/// Everything that enters an activation, over all inputs.
struct Entering {
  std::vector<float> sample;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  bool finite = true;
};

Entering entering(const std::vector<Tensor>& values) {
  Entering out;
  std::size_t count = 0;
  for (const Tensor& tensor : values) count += tensor.data.size();
  const std::size_t step = (count + kMostSamples - 1) / kMostSamples | 1U;  // odd: of all columns
  std::size_t next = 0;
  for (const Tensor& tensor : values)
    for (const float x : tensor.data) {
      out.finite = out.finite && std::isfinite(x);
      out.min = std::min(out.min, double{x});
      out.max = std::max(out.max, double{x});
      if (next++ % step == 0) out.sample.push_back(x);
    }
  return out;
}

struct Errors {
  double max = 0, rms = 0;
  double spread = 0;  // root-mean-square distance of the activation's values from their mean
};

Errors errors_of(const std::vector<double>& coefficients, const Activation& activation,
                 const std::vector<Tensor>& values) {
  Errors errors;
  double count = 0, sum = 0, squares = 0;
  for (const Tensor& tensor : values)
    for (const float x : tensor.data) {
      const double want = value_at(activation, double{x});
      const double error = std::abs(polynomial_at(coefficients, double{x}) - want);
      errors.max = std::max(errors.max, error);
      errors.rms += error * error;
      sum += want, squares += want * want;
      ++count;
    }
  errors.rms = std::sqrt(errors.rms / count);
  errors.spread = std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count)));
  return errors;
}

/// Whether the cubic's turning centre, by which encryption shifts it, lies among the values: far
/// from them the shift would cost precision.
bool is_centred(const std::vector<double>& cubic, const Entering& values) {
  if (cubic.size() != 4) return false;
  const double centre = -cubic[2] / (3 * cubic[3]);
  return centre >= values.min && centre <= values.max;
}

/// The network while its activations are replaced, with what each input made of it so far.
class Replacement {
 public:
  Replacement(Graph graph, const std::vector<Tensor>& inputs, FitMethod method)
      : graph_(std::move(graph)), method_(method), values_(graph_.nodes.size()) {
    values_[0] = inputs;
    last_reader_.resize(graph_.nodes.size(), graph_.nodes.size());
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
      for (const NodeId input : graph_.nodes[i].inputs) last_reader_[input.value] = i;
    last_reader_[graph_.output.value] = graph_.nodes.size();
  }

  Result<std::vector<ActivationFit>> run(Progress& progress) {
    std::vector<ActivationFit> fits;
    for (std::uint32_t i = 1; i < graph_.nodes.size(); ++i) {
      progress.update("replacing activations", i, graph_.nodes.size() - 1);
      if (std::holds_alternative<Activation>(graph_.nodes[i].op)) {
        VEILRAY_TRY(fit, replace(NodeId{i}));
        fits.push_back(std::move(fit));
      }
      evaluate_all(i);
    }
    return fits;
  }

  const std::vector<Tensor>& outputs() const { return values_.at(graph_.output.value); }
  Graph take() && { return std::move(graph_); }

 private:
  Result<ActivationFit> replace(NodeId id) {
    Node& node = graph_.nodes[id.value];
    const Activation activation = std::get<Activation>(node.op);
    const auto& values = values_[node.inputs.at(0).value];
    const Entering seen = entering(values);
    if (!seen.finite)
      return Failure{ErrorCode::kUnsupported, "what enters it grows beyond all numbers",
                     place_of(node), "train with polynomials, or with smaller activations"};
    ActivationFit fit{node.name, op_name(node.op), seen.min, seen.max, {}};
    fit.coefficients = chosen(activation, forms_for(graph_, id), seen, values);
    const Errors errors = errors_of(fit.coefficients, activation, values);
    fit.max_error = errors.max, fit.rms_error = errors.rms;
    node.op = Polynomial{fit.coefficients};
    return fit;
  }

  std::vector<double> fitted(const Activation& activation, const Entering& seen,
                             std::size_t degree) const {
    const auto function = [&](double x) { return value_at(activation, x); };
    return method_ == FitMethod::kMinimax
               ? minimax(seen.min, seen.max, function, degree, kWorthALevel)
               : least_squares(seen.sample, function, degree, kWorthALevel);
  }

  std::vector<double> chosen(const Activation& activation, const Forms& forms, const Entering& seen,
                             const std::vector<Tensor>& values) const {
    auto simple = fitted(activation, seen, forms.gates ? 1 : 2);
    const Errors now = errors_of(simple, activation, values);
    if (!forms.cubic || now.rms < kWorthALevel * now.spread) return simple;
    auto cubic = fitted(activation, seen, 3);
    if (!is_centred(cubic, seen)) return simple;
    return errors_of(cubic, activation, values).rms < kCubicGain * now.rms ? cubic : simple;
  }

  void evaluate_all(std::size_t i) {
    const Node& node = graph_.nodes[i];
    const std::size_t count = values_[0].size();
    for (std::size_t k = 0; k < count; ++k) {
      std::vector<const Tensor*> inputs;
      for (const NodeId id : node.inputs) inputs.push_back(&values_[id.value].at(k));
      values_[i].push_back(evaluate(node, inputs));
    }
    for (const NodeId id : node.inputs)
      if (id.value != 0 && last_reader_[id.value] == i) values_[id.value] = {};
  }

  Graph graph_;
  FitMethod method_;
  std::vector<std::vector<Tensor>> values_;  // by node, then input; gone once nobody reads it
  std::vector<std::size_t> last_reader_;     // by node
};

/// True for nodes after which weights come.
std::vector<bool> lead_to_weights(const Graph& graph) {
  std::vector<bool> lead(graph.nodes.size(), false);
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Op& op = graph.nodes[i].op;
    const bool weighs = std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op);
    for (const NodeId input : graph.nodes[i].inputs)
      lead[input.value] = lead[input.value] || weighs || lead[i];
  }
  return lead;
}

Status check_ends(const Graph& graph) {
  const auto lead = lead_to_weights(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (std::holds_alternative<Activation>(graph.nodes[i].op) && !lead[i])
      return Failure{ErrorCode::kUnsupported, "an activation at the network's end",
                     place_of(graph.nodes[i]),
                     "leave it out, and apply it to the decrypted numbers: for findings the client "
                     "applies the sigmoid"};
  return Done{};
}

Status check_calibration(const Graph& graph, const std::vector<Tensor>& inputs) {
  if (inputs.empty())
    return Failure{ErrorCode::kInvalidArgument, "no inputs to fit to", graph.name,
                   "give calibration inputs"};
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].shape != graph.input_shape())
      return Failure{ErrorCode::kInvalidArgument,
                     "a calibration input has another shape than the network's input",
                     fmt::format("input {}", i),
                     "encode the calibration images with this model's VQGAN"};
  return Done{};
}

LogitDifference difference(const std::vector<Tensor>& got, const std::vector<Tensor>& want) {
  LogitDifference out;
  double count = 0;
  for (std::size_t k = 0; k < want.size(); ++k)
    for (std::size_t i = 0; i < want[k].data.size(); ++i) {
      const double exact = double{want[k].data[i]}, error = double{got[k].data[i]} - exact;
      out.max = std::max(out.max, std::abs(error));
      out.rms += error * error;
      out.exact_rms += exact * exact;
      out.signs_changed += (exact > 0) == (double{got[k].data[i]} > 0) ? 0 : 1;
      ++count;
    }
  out.rms = std::sqrt(out.rms / count);
  out.exact_rms = std::sqrt(out.exact_rms / count);
  out.signs_changed /= count;
  return out;
}

}  // namespace

Result<Approximated> approximate(Graph network, const std::vector<Tensor>& inputs, FitMethod method,
                                 Progress& progress) {
  VEILRAY_CHECK_OK(verify(network));
  VEILRAY_CHECK_OK(check_calibration(network, inputs));
  VEILRAY_CHECK_OK(check_ends(network));
  std::vector<Tensor> exact;
  for (const Tensor& input : inputs) exact.push_back(graph::run(network, input));
  Replacement replacement(std::move(network), inputs, method);
  VEILRAY_TRY(fits, replacement.run(progress));
  Approximation record{method, inputs.size(), std::move(fits),
                       difference(replacement.outputs(), exact)};
  Approximated out{std::move(replacement).take(), std::move(record)};
  VEILRAY_CHECK_OK(verify(out.graph));
  return out;
}

Status check_polynomial(const Graph& network) {
  for (const Node& node : network.nodes)
    if (std::holds_alternative<Activation>(node.op))
      return Failure{ErrorCode::kUnsupported,
                     "no polynomial, and ciphertexts can only be added and multiplied",
                     place_of(node),
                     "give --approximate and --calibration to have it replaced, or train with "
                     "a x^2 + b x + c in its place"};
  return Done{};
}

}  // namespace veilray::graph
