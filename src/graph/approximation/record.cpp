#include "graph/approximation/record.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace veilray::graph {
namespace {

using Json = nlohmann::ordered_json;

std::string polynomial_text(const std::vector<double>& coefficients) {
  std::string text;
  for (std::size_t i = coefficients.size(); i-- > 0;) {
    text += fmt::format("{}{:.4g}", text.empty() || std::signbit(coefficients[i]) ? "" : "+",
                        coefficients[i]);
    if (i > 0) text += i == 1 ? " x " : fmt::format(" x^{} ", i);
  }
  return text;
}

ActivationFit read_fit(const Json& json) {
  return {json.at("name").get<std::string>(),
          json.at("function").get<std::string>(),
          json.at("min").get<double>(),
          json.at("max").get<double>(),
          json.at("coefficients").get<std::vector<double>>(),
          json.at("max_error").get<double>(),
          json.at("rms_error").get<double>()};
}

}  // namespace

const char* name_of(FitMethod method) {
  return method == FitMethod::kMinimax ? "minimax" : "least-squares";
}

std::string to_json(const Approximation& approximation) {
  Json activations = Json::array();
  for (const auto& fit : approximation.activations)
    activations.push_back({{"name", fit.name},
                           {"function", fit.function},
                           {"min", fit.min},
                           {"max", fit.max},
                           {"coefficients", fit.coefficients},
                           {"max_error", fit.max_error},
                           {"rms_error", fit.rms_error}});
  const auto& logits = approximation.logits;
  const Json json{{"method", name_of(approximation.method)},
                  {"inputs", approximation.inputs},
                  {"activations", std::move(activations)},
                  {"logits",
                   {{"max_difference", logits.max},
                    {"rms_difference", logits.rms},
                    {"exact_rms", logits.exact_rms},
                    {"signs_changed", logits.signs_changed}}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Approximation> parse_approximation(std::string_view text) {
  const Failure damaged{ErrorCode::kMalformed, "not a record of replaced activations", "",
                        "compile the model again"};
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return damaged;
  try {
    Approximation out;
    const auto method = json.at("method").get<std::string>();
    if (method != name_of(FitMethod::kLeastSquares) && method != name_of(FitMethod::kMinimax))
      return damaged;
    if (method == name_of(FitMethod::kMinimax)) out.method = FitMethod::kMinimax;
    out.inputs = json.at("inputs").get<std::size_t>();
    for (const auto& fit : json.at("activations")) out.activations.push_back(read_fit(fit));
    const auto& logits = json.at("logits");
    out.logits = {logits.at("max_difference").get<double>(),
                  logits.at("rms_difference").get<double>(), logits.at("exact_rms").get<double>(),
                  logits.at("signs_changed").get<double>()};
    return out;
  } catch (const Json::exception&) {
    return damaged;
  }
}

std::string to_text(const Approximation& approximation) {
  std::string text = fmt::format(
      "activations replaced by polynomials ({}, on {} inputs); largest and rms error:\n",
      name_of(approximation.method), approximation.inputs);
  for (const auto& fit : approximation.activations)
    text += fmt::format("  {} ({}): {} on {:.3g} to {:.3g}: {:.2g}, {:.2g}\n", fit.name,
                        fit.function, polynomial_text(fit.coefficients), fit.min, fit.max,
                        fit.max_error, fit.rms_error);
  const auto& logits = approximation.logits;
  return text + fmt::format(
                    "logits differ from the exact network's by {:.2g} at most, {:.2g} rms (theirs: "
                    "{:.2g} rms); {:.1f} % change sign\n",
                    logits.max, logits.rms, logits.exact_rms, 100 * logits.signs_changed);
}

}  // namespace veilray::graph
