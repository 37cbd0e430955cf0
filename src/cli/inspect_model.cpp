#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ckks/compact.h"
#include "ckks/packing.h"
#include "cli/inspection.h"
#include "cli/kit.h"
#include "cli/unit_times.h"
#include "plan/answer.h"
#include "plan/cost.h"
#include "plan/key_search.h"
#include "plan/model.h"
#include "runtime/inference.h"

namespace veilray::cli {
namespace {

Json security_json(const ckks::Params& params) {
  return {{"log_n", params.log_n()},   {"log_q", params.log_q()}, {"log_p", params.log_p()},
          {"log_qp", params.log_qp()}, {"dnum", params.dnum()},   {"bits", params.security_bits()}};
}

/// Payloads; headers and checksums add some two hundred bytes a ciphertext.
struct Sizes {
  std::uint64_t request = 0, response = 0, evaluation_key = 0;
  std::uint64_t weights = 0;  // encoded, on a server
};

Sizes kit_sizes(const plan::ClientKit& kit, const ckks::Params& params) {
  const plan::CostModel cost(params.spec());
  const std::uint64_t limb = ckks::packed_bytes(params.n());
  Sizes sizes;
  sizes.request = kit.input.ciphertexts() * limb * params.max_level().limbs();  // seeded: one half
  sizes.evaluation_key = cost.key_bytes(kit.relinearization) +
                         limb * (params.max_level().limbs() + params.special_primes());
  for (const auto& rotation : kit.rotations) sizes.evaluation_key += cost.key_bytes(rotation.level);
  return sizes;
}

std::uint64_t response_bytes(const plan::LoadedModel& model) {
  const auto& params = model.params;
  const std::uint64_t limb = ckks::packed_bytes(params.n());
  if (const auto period = plan::compact_period(model.program, model.model.plan, params)) {
    return sizeof(std::uint32_t) * (params.n() + ckks::compact_coefficients(*period));
  }
  std::uint64_t bytes = 0;
  for (const auto id : model.program.outputs) {
    bytes += 2 * limb * model.program.type(id).level.limbs();
  }
  return bytes;
}

Json sizes_json(const Sizes& sizes) {
  Json json = {{"request", sizes.request}};
  if (sizes.response > 0) json["response"] = sizes.response;
  if (sizes.weights > 0) json["weights"] = sizes.weights;
  json["evaluation_key"] = sizes.evaluation_key;
  return json;
}

Json rotations_json(const std::vector<plan::KeyedRotation>& rotations) {
  Json list = Json::array();
  for (const auto& r : rotations) list.push_back({{"step", r.step}, {"level", r.level.value}});
  return list;
}

Report kit_report(const char* kind, const plan::ClientKit& kit, const ckks::Params& params,
                  const Sizes& sizes) {
  Report report;
  report.json = {{"kind", kind},
                 {"version", kit.version},
                 {"name", kit.name},
                 {"trained", kit.trained},
                 {"labels", kit.labels},
                 {"security", security_json(params)},
                 {"levels", params.max_level().value},
                 {"rotations", rotations_json(kit.rotations)},
                 {"sizes", sizes_json(sizes)}};
  report.text = fmt::format("{} {}, version {}{}\n", kind, kit.name, kit.version,
                            kit.trained ? "" : ", random weights");
  report.text +=
      fmt::format("{}; log Q = {:.1f}, log P = {:.1f}, dnum {}\n", to_text(security_of(params)),
                  params.log_q(), params.log_p(), params.dnum());
  report.text +=
      fmt::format("{} levels, {} rotations\n", params.max_level().value, kit.rotations.size());
  report.text += fmt::format("input {}\n", kit.input.text());
  if (kit.images > 1) report.text += fmt::format("{} images a ciphertext\n", kit.images);
  report.text += fmt::format("request {}, evaluation key {}", bytes_text(sizes.request),
                             bytes_text(sizes.evaluation_key));
  if (sizes.response > 0) report.text += ", response " + bytes_text(sizes.response);
  if (sizes.weights > 0) report.text += "; a server's weights some " + bytes_text(sizes.weights);
  report.text += "\n";
  return report;
}

/// What the planner weighed: time against the bytes of keys (plan/cost.h).
void add_key_choice(Report& report, const plan::LoadedModel& model, const plan::CostModel& cost) {
  plan::StepSet distinct;
  for (const auto& need : plan::step_needs(model.program))
    for (const auto step : need.steps) distinct.insert(step);
  const double ms = cost.program_ms(model.program);
  const double price = plan::Prices{}.key_megabyte_ms;
  report.json["cost"] = {{"predicted_ms", ms},
                         {"distinct_rotations", distinct.steps().size()},
                         {"key_megabyte_ms", price}};
  report.text += fmt::format(
      "predicted {:.0f} ms on one thread of this machine; {} distinct rotations, made with {} "
      "keys: a megabyte of "
      "keys is weighed as {} ms\n",
      ms, distinct.steps().size(), model.kit.rotations.size(), price);
}

/// Rotations that fold the sums of a layer whose every slot holds a result.
std::uint32_t count_folds(const plan::SlotMatrix& matrix) {
  if (matrix.form != plan::SlotMatrix::Form::kFolded) return 0;
  return static_cast<std::uint32_t>(std::countr_zero(matrix.out.slots() / matrix.out.period()));
}

/// How often a layer does what. Steps that have no key of their own are made of others, which the
/// list of operations shows.
plan::SplitCost count_steps(const plan::LinearLayer& layer) {
  std::set<std::uint32_t> rotated, summed;
  plan::SplitCost counts;
  for (const auto& baby : layer.babies)
    if (baby.step != 0) rotated.insert(baby.ciphertext), ++counts.babies;
  for (const auto& giant : layer.giants)
    if (giant.step != 0) summed.insert(giant.ciphertext), ++counts.giants;
  counts.hoists = static_cast<std::uint32_t>(rotated.size());
  counts.sums = static_cast<std::uint32_t>(summed.size());
  counts.products = static_cast<std::uint32_t>(layer.terms.size());
  return counts;
}

std::string text_of(const plan::StepSplit& split) {
  const char* const kind = split.middle_is_giant ? "giant" : "baby";
  if (split.low == split.high) return fmt::format("no {} steps", kind);
  return fmt::format("bits {} to {} of a distance are {} steps{}", split.low, split.high - 1, kind,
                     split.centred ? ", around 0" : "");
}

/// What the planner chose for each linear layer: where the result stands, how distances are split.
void add_layers(Report& report, const plan::LoadedModel& model, const plan::CostModel& cost) {
  report.json["layers"] = Json::array();
  report.text +=
      "layers: where results stand, and the rotations and products that bring them there\n";
  for (const auto& step : model.program.steps) {
    const auto* products = std::get_if<plan::op::ProductSums>(&step.operation);
    if (products == nullptr) continue;
    const plan::LinearLayer& layer = model.program.layers[products->layer];
    const ckks::Level level = model.program.type(step.first).level;
    const plan::SplitCost counts = count_steps(layer);
    const std::uint32_t period = layer.matrix.weight_period();
    const std::uint32_t folds = count_folds(layer.matrix);
    const double ms = cost.layer_price(counts, period, level) + folds * cost.rotate_ms(level);
    const std::string layout = layer.matrix.out.text(), split = text_of(layer.split);
    report.json["layers"].push_back({{"name", layer.name},
                                     {"level", level.value},
                                     {"layout", layout},
                                     {"split", split},
                                     {"products", counts.products},
                                     {"weight_period", period},
                                     {"baby_steps", counts.babies},
                                     {"giant_steps", counts.giants},
                                     {"folds", folds},
                                     {"predicted_ms", ms}});
    const std::string weights = period < model.params.slots()
                                    ? fmt::format("weights that repeat every {} slots", period)
                                    : "weights that do not repeat";
    report.text += fmt::format(
        "  {} {}\n    level {}, {} products, {}, {} baby and {} giant steps ({}){}: {:.1f} ms\n",
        layer.name, layout, level.value, counts.products, weights, counts.babies, counts.giants,
        split, folds > 0 ? fmt::format(", {} folds", folds) : "", ms);
  }
}

/// What each kind of operation takes together, dearest first.
void add_totals(Report& report, const plan::LoadedModel& model, const plan::CostModel& cost) {
  struct Total {
    std::size_t count = 0;
    double ms = 0;
  };
  std::map<std::string, Total> by_name;
  for (const auto& step : model.program.steps) {
    Total& total = by_name[plan::op_name(step.operation)];
    ++total.count;
    total.ms += cost.step_ms(model.program, step);
  }
  std::vector<std::pair<std::string, Total>> order(by_name.begin(), by_name.end());
  std::ranges::sort(order, std::greater{}, [](const auto& named) { return named.second.ms; });
  for (const auto& [name, total] : order)
    report.text += fmt::format("{:>6} {:<18} {:>27.3f}\n", total.count, name, total.ms);
}

void add_operations(Report& report, const plan::LoadedModel& model, const plan::CostModel& cost) {
  report.json["ops"] = Json::array();
  report.text += fmt::format("{:>6} {:<18} {:>5} {:>7} {:>12}\n", "value", "operation", "level",
                             "scale", "predicted ms");
  for (const auto& step : model.program.steps) {
    const auto& type = model.program.type(step.first);
    const auto* name = plan::op_name(step.operation);
    const double scale = std::log2(type.scale.value);
    const double ms = cost.step_ms(model.program, step);
    report.json["ops"].push_back({{"id", step.first.value},
                                  {"op", name},
                                  {"level", type.level.value},
                                  {"scale_log2", scale},
                                  {"predicted_ms", ms}});
    report.text += fmt::format("{:>6} {:<18} {:>5} {:>7.2f} {:>12.3f}\n", step.first.value, name,
                               type.level.value, scale, ms);
  }
}

}  // namespace

Result<Report> inspect_model(const std::filesystem::path& folder) {
  VEILRAY_TRY(model, plan::load_model(folder));
  auto sizes = kit_sizes(model.kit, model.params);
  sizes.response = response_bytes(model);
  sizes.weights = runtime::Inference::expected_weight_bytes(model);
  auto report = kit_report("model", model.kit, model.params, sizes);
  const auto& plan = model.model.plan;
  report.json["architecture"] = model.model.architecture;
  report.json["precision"] = {{"promised", plan.precision},
                              {"predicted_error", plan.predicted_error},
                              {"flood_bits", plan.flood_bits}};
  report.text += fmt::format(
      "{}; predicted error {:.1e} of a logit; answers flooded with uniform noise below 2^{}\n",
      model.model.architecture, plan.predicted_error, plan.flood_bits);
  const plan::CostModel cost(model.params.spec(), measure_unit_times(model.params));
  add_key_choice(report, model, cost);
  if (model.model.approximation) add_approximation(report, *model.model.approximation);
  add_layers(report, model, cost);
  add_totals(report, model, cost);
  add_operations(report, model, cost);
  return report;
}

Result<Report> inspect_kit(const std::filesystem::path& folder) {
  VEILRAY_TRY(open, open_kit(folder.string()));
  return kit_report("client-kit", open.kit, open.params, kit_sizes(open.kit, open.params));
}

}  // namespace veilray::cli
