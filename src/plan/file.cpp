#include "plan/file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/file.h"
#include "plan/images.h"
#include "plan/json_fields.h"
#include "plan/network_file.h"

namespace veilray::plan {
namespace {

using Json = nlohmann::json;

/// The last byte is the version: of the format, and of the kernels that a plan is read by.
constexpr std::array<char, 8> kPlanMagic{'V', 'R', 'P', 'L', 'A', 'N', '\0', '\2'};
constexpr std::size_t kMaxStages = 256;
constexpr std::size_t kMaxKeyed = 512;

Failure malformed_plan(std::string what) {
  return {ErrorCode::kMalformed, std::move(what), "plan.bin", "compile the model again"};
}

Json split_json(const StepSplit& split) {
  return {split.low, split.high, split.middle_is_giant, split.centred};
}

Json stage_json(const StagePlan& stage) {
  Json json{{"out", stage.out.text()}, {"split", split_json(stage.split)}, {"scale", stage.scale}};
  for (const StepSplit& split : stage.shortcuts) json["shortcuts"].push_back(split_json(split));
  return json;
}

Json plan_json(const Plan& plan) {
  Json stages = Json::array();
  for (const StagePlan& stage : plan.stages) stages.push_back(stage_json(stage));
  const auto& p = plan.params;
  return {{"params", {p.log_n, p.chain_primes, p.special_primes, p.chain_prime_bits}},
          {"images", plan.images},
          {"input", plan.input.text()},
          {"input_scale", plan.input_scale},
          {"stages", std::move(stages)},
          {"keyed", plan.keyed.steps()},
          {"rescale_last", plan.rescale_last},
          {"precision", plan.precision},
          {"predicted_error", plan.predicted_error},
          {"ranges", plan.ranges},
          {"flood_bits", plan.flood_bits}};
}

bool sane_scale(double scale) { return scale > 1 && scale < 0x1p120; }

StepSplit read_split(const Json& split) {
  return {whole<std::uint32_t>(split.at(0)), whole<std::uint32_t>(split.at(1)),
          split.at(2).get<bool>(), split.at(3).get<bool>()};
}

bool sane_split(const StepSplit& split, const Layout& out) {
  return split.low <= split.high && split.high <= out.log_slots();
}

Result<StagePlan> read_stage(const Json& json) {
  VEILRAY_TRY(out, Layout::parse(json.at("out").get<std::string>()));
  StagePlan stage{std::move(out), read_split(json.at("split")), json.at("scale").get<double>()};
  bool sane = sane_scale(stage.scale) && sane_split(stage.split, stage.out);
  // Files from before residual sums have no such field.
  for (const Json& split : json.value("shortcuts", Json::array())) {
    stage.shortcuts.push_back(read_split(split));
    sane = sane && sane_split(stage.shortcuts.back(), stage.out);
  }
  if (!sane) return malformed_plan("an impossible stage");
  return stage;
}

/// Plans of an earlier build have none: a key for every step.
Result<StepSet> read_keyed(const Json& plan, std::uint32_t slots) {
  if (!plan.contains("keyed")) return StepSet();
  auto steps = whole_numbers<std::uint32_t>(plan.at("keyed"));
  const bool possible = std::ranges::all_of(steps, [&](auto s) { return s > 0 && s < slots; });
  if (steps.size() > kMaxKeyed || !possible) return malformed_plan("an impossible keyed step");
  return StepSet(std::move(steps));
}

Result<Plan> read_plan_json(const Json& json) {
  Plan plan;
  const Json& p = json.at("params");
  plan.params = {whole<std::uint32_t>(p.at(0)), whole<std::uint32_t>(p.at(1)),
                 whole<std::uint32_t>(p.at(2)), whole<std::uint32_t>(p.at(3))};
  // Files from before there were several have no such field.
  if (json.contains("images")) plan.images = whole<std::uint32_t>(json.at("images"));
  if (!is_image_count(plan.images)) return malformed_plan("an impossible number of images");
  VEILRAY_TRY(input, Layout::parse(json.at("input").get<std::string>()));
  plan.input = std::move(input);
  plan.input_scale = json.at("input_scale").get<double>();
  VEILRAY_TRY(keyed, read_keyed(json, plan.input.slots()));
  plan.keyed = std::move(keyed);
  plan.rescale_last = json.at("rescale_last").get<bool>();
  plan.precision = json.at("precision").get<double>();
  plan.predicted_error = json.at("predicted_error").get<double>();
  plan.ranges = json.at("ranges").get<std::vector<double>>();
  plan.flood_bits = whole<std::uint32_t>(json.at("flood_bits"));
  if (!sane_scale(plan.input_scale) || plan.flood_bits > 60)
    return malformed_plan("an impossible scale");
  if (json.at("stages").size() > kMaxStages) return malformed_plan("too many stages");
  for (const Json& stage : json.at("stages")) {
    VEILRAY_TRY(read, read_stage(stage));
    if (read.out.log_slots() != plan.input.log_slots())
      return malformed_plan("stages of different slot counts");
    plan.stages.push_back(std::move(read));
  }
  return plan;
}

/// The payload, its checksum proved.
Result<std::span<const std::byte>> open(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  const auto magic = in.take(kPlanMagic.size());
  const auto checksum = in.take(sizeof(Sha256));
  if (in.failed() || std::memcmp(magic.data(), kPlanMagic.data(), kPlanMagic.size() - 1) != 0)
    return malformed_plan("not a Veilray plan");
  if (magic.back() != std::byte(kPlanMagic.back()))
    return malformed_plan("a plan of another version: this program lays out networks otherwise");
  const auto payload = in.take(in.remaining());
  const Sha256 actual = sha256(payload);
  if (std::memcmp(actual.data(), checksum.data(), actual.size()) != 0)
    return malformed_plan("damaged: the checksum is wrong");
  return payload;
}

}  // namespace

std::vector<std::byte> write_plan(const Model& model) {
  const Json json{{"plan", plan_json(model.plan)}, {"network", network_structure(model.network)}};
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto bytes = as_bytes(text);
  ByteWriter out;
  out.write_bytes(std::as_bytes(std::span(kPlanMagic)));
  out.write_bytes(sha256(bytes));
  out.write_bytes(bytes);
  return std::move(out).release();
}

Result<Model> read_plan(std::span<const std::byte> bytes, tensor::TensorFile weights) {
  VEILRAY_TRY(payload, open(bytes));
  // Text, because the library's parsers of binary JSON recurse as deeply as the bytes say.
  const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return malformed_plan("not JSON behind its checksum");
  try {
    Model model;
    VEILRAY_TRY(plan, read_plan_json(json.at("plan")));
    model.plan = std::move(plan);
    VEILRAY_TRY(network, read_network(json.at("network"), std::move(weights)));
    model.network = std::move(network);
    return model;
  } catch (const Json::exception&) {
    return malformed_plan("a field is missing or of the wrong type");
  }
}

}  // namespace veilray::plan
