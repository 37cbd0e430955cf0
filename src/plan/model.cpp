#include "plan/model.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/staged_folder.h"
#include "plan/cost.h"
#include "plan/file.h"
#include "plan/images.h"
#include "plan/network_file.h"
#include "plan/verify.h"
#include "tensor/safetensors.h"

namespace veilray::plan {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

constexpr std::uint64_t kMaxPlanBytes = 64 << 20;
constexpr const char* kKitFolder = "client-kit";

ClientKit make_kit(const Model& model, const Program& program) {
  ClientKit kit;
  kit.name = model.name;
  kit.version = model.version;
  kit.id = model.id;
  kit.trained = model.trained;
  kit.labels = model.labels;
  kit.outputs = model.network.output_shape()[0];
  kit.images = model.plan.images;
  kit.readings = model.readings;
  kit.latent = model.latent;
  kit.params = model.plan.params;
  kit.input = model.plan.input;
  kit.input_scale = model.plan.input_scale;
  kit.rotations = rotations(program);
  kit.relinearization = relinearization_level(program);
  return kit;
}

/// Facts for people and scripts; the kit and the plan are what programs go by.
std::string facts(const LoadedModel& loaded, const OrderedJson& metrics) {
  const Model& model = loaded.model;
  OrderedJson json{{"name", model.name},
                   {"version", model.version},
                   {"trained", model.trained},
                   {"labels", model.labels},
                   {"architecture", model.architecture},
                   {"metrics", metrics},
                   {"parameters",
                    {{"log_n", loaded.params.log_n()},
                     {"log_q", loaded.params.log_q()},
                     {"log_p", loaded.params.log_p()},
                     {"log_qp", loaded.params.log_qp()},
                     {"dnum", loaded.params.dnum()},
                     {"security_bits", loaded.params.security_bits()}}}};
  if (model.approximation)
    json["approximation"] = OrderedJson::parse(graph::to_json(*model.approximation));
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

Status read_facts(const fs::path& path, Model& model) {
  VEILRAY_TRY(bytes, read_file(path, kMaxPlanBytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const OrderedJson json = OrderedJson::parse(text, nullptr, false);
  const Failure damaged{ErrorCode::kMalformed, "not a model description", path.string(),
                        "compile the model again"};
  if (json.is_discarded() || !json.is_object()) return damaged;
  try {
    model.architecture = json.at("architecture").get<std::string>();
  } catch (const OrderedJson::exception&) {
    return damaged;
  }
  if (!json.contains("approximation")) return Done{};
  auto approximation = graph::parse_approximation(json["approximation"].dump());
  if (!approximation.ok()) return damaged;
  model.approximation = std::move(approximation).value();
  return Done{};
}

void adopt(Model& model, const ClientKit& kit) {
  model.name = kit.name;
  model.version = kit.version;
  model.id = kit.id;
  model.trained = kit.trained;
  model.labels = kit.labels;
  model.readings = kit.readings;
  model.latent = kit.latent;
}

/// Parsers know files by their names alone, and nodes not even by those: say where the folder is.
Failure inside(const fs::path& folder, Failure failure) {
  const bool is_file = fs::path(failure.where).has_extension();
  failure.where = is_file ? (folder / failure.where).string()
                          : fmt::format("{}, {}", folder.string(), failure.where);
  return failure;
}

Status write_text(const fs::path& path, const std::string& text) {
  return write_file(path, as_bytes(text));
}

}  // namespace

Result<LoadedModel> assemble(Model model) {
  VEILRAY_TRY(params, ckks::Params::create(model.plan.params));
  VEILRAY_TRY(of_one_image, stages(model.network));
  auto network_stages = for_images(std::move(of_one_image), model.plan.images);
  try {
    Program program = lower(network_stages, model.plan, params);
    ClientKit kit = make_kit(model, program);
    VEILRAY_CHECK_OK(verify(program, params, {kit.rotations, kit.relinearization}));
    return LoadedModel{std::move(model), std::move(params), std::move(network_stages),
                       std::move(program), std::move(kit)};
  } catch (const Error& error) {
    return Failure{ErrorCode::kMalformed,
                   fmt::format("the plan does not fit the network ({})", error.what()), "plan.bin",
                   "compile the model again"};
  }
}

Status save_model(const fs::path& folder, const LoadedModel& loaded, const Enclosures& enclosed,
                  Overwrite overwrite) {
  const OrderedJson metrics = OrderedJson::parse(enclosed.metrics, nullptr, false);
  if (!metrics.is_object()) throw Error(ErrorCode::kInvalidArgument, "metrics are a JSON object");
  return write_folder(folder, {overwrite, "model.json"}, [&](const fs::path& at) -> Status {
    const fs::path kit = at / kKitFolder;
    std::error_code error;
    fs::create_directory(kit, error);
    VEILRAY_CHECK_OK(write_text(at / "model.json", facts(loaded, metrics)));
    VEILRAY_CHECK_OK(write_file(at / "plan.bin", write_plan(loaded.model)));
    VEILRAY_CHECK_OK(tensor::save_safetensors(at / "weights.safetensors",
                                              network_weights(loaded.model.network)));
    VEILRAY_CHECK_OK(write_text(kit / "kit.json", to_json(loaded.kit)));
    if (!enclosed.card.empty()) VEILRAY_CHECK_OK(write_text(at / "card.md", enclosed.card));
    if (!enclosed.vqgan) return Done{};
    VEILRAY_CHECK_OK(write_file(kit / "vqgan.safetensors", enclosed.vqgan->weights));
    return write_text(kit / "vqgan.json", enclosed.vqgan->config);
  });
}

Result<LoadedModel> load_model(const fs::path& folder) {
  VEILRAY_TRY(kit, load_client_kit(folder / kKitFolder));
  VEILRAY_TRY(bytes, read_file(folder / "plan.bin", kMaxPlanBytes));
  VEILRAY_TRY(weights, tensor::load_safetensors(folder / "weights.safetensors"));
  auto model = read_plan(bytes, std::move(weights));
  if (!model.ok()) return inside(folder, std::move(model).failure());
  VEILRAY_CHECK_OK(read_facts(folder / "model.json", model.value()));
  adopt(model.value(), kit);
  auto loaded = assemble(std::move(model).value());
  if (!loaded.ok()) return inside(folder, std::move(loaded).failure());
  if (loaded.value().kit.fingerprint() != kit.fingerprint())
    return Failure{ErrorCode::kFingerprintMismatch, "the client kit belongs to another plan",
                   folder.string(), "compile the model again"};
  return loaded;
}

}  // namespace veilray::plan
