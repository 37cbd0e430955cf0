#include "runtime/compile.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "base/in_file.h"
#include "base/random.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/labels.h"
#include "cli/latent.h"
#include "cli/machine.h"
#include "cli/network_source.h"
#include "cli/output.h"
#include "cli/reports.h"
#include "cli/trained_record.h"
#include "graph/approximation/approximate.h"
#include "graph/passes/pipeline.h"
#include "graph/ranges.h"
#include "plan/depth.h"
#include "plan/images.h"
#include "plan/model.h"
#include "runtime/inference.h"
#include "tensor/safetensors.h"
#include "vision/preprocess.h"
#include "vision/vqgan/fingerprint.h"
#include "vision/vqgan/random_weights.h"
#include "vision/vqgan/weights.h"

namespace veilray::cli {
namespace {

constexpr std::uint64_t kMaxCardBytes = 1 << 20;

constexpr const char* kNoCalibration =
    "warning: ranges and error were measured on standard normal numbers: give --calibration the "
    "latents that the trainer left\n";

struct CompileOptions {
  NetworkSource source;
  std::filesystem::path vqgan, vqgan_config, calibration, card, output;
  std::string labels, name;
  int precision_bits = 10;
  std::string approximate;  // least-squares or minimax; empty: not
  std::uint32_t images = 1;
};

/// What the command line offers and this release does not do yet.
Status check_supported(const CompileOptions& options) {
  const auto unsupported = [](const char* what, const std::string& where, const char* mend) {
    return Failure{ErrorCode::kUnsupported, what, where, mend};
  };
  if (!options.approximate.empty()) {
    if (options.source.onnx.empty())
      return unsupported("nothing to approximate", "--approximate",
                         "built-in networks have polynomial activations: leave it out");
    if (options.calibration.empty())
      return Failure{ErrorCode::kUsage, "nothing to fit polynomials to", "--approximate",
                     "give inputs of the network's: --calibration latents.npy"};
  }
  return Done{};
}

bool is_trained(const CompileOptions& options, const tensor::TensorFile& weights) {
  if (!options.source.record.empty()) return true;
  if (options.source.random_seed) return false;
  const auto said = weights.metadata.find("trained");
  return said == weights.metadata.end() || said->second != "false";
}

/// Whether the VQGAN's latent of a film is what the network takes.
bool fits(const vision::vqgan::Config& config, const tensor::Shape& input) {
  return config.resolution == vision::kInputSide &&
         input == tensor::Shape{config.z_channels, config.latent_size(), config.latent_size()};
}

/// Whether the network can run on them; planning refuses those that it cannot.
bool fits(const graph::Graph& network, const std::vector<tensor::Tensor>& inputs) {
  return std::all_of(inputs.begin(), inputs.end(),
                     [&](const auto& input) { return input.shape == network.input_shape(); });
}

/// The published VQGAN whose latents the network takes, if there is one.
std::optional<vision::vqgan::Config> published_vqgan_for(const tensor::Shape& input) {
  for (const std::int64_t factor : {2, 4, 8, 16}) {
    auto config = vision::vqgan::published_config(factor);
    if (fits(config, input)) return config;
  }
  return std::nullopt;
}

struct KitVqgan {
  std::optional<plan::VqganFiles> files;
  std::string fingerprint;  // hexadecimal digits
};

/// In float16 where that is all that they hold.
std::vector<std::byte> smallest(const tensor::TensorFile& weights) {
  auto half = tensor::write_safetensors(weights, tensor::DType::kF16);
  const auto read = tensor::parse_safetensors(half);
  if (read.ok() && read.value().tensors == weights.tensors) return half;
  return tensor::write_safetensors(weights);
}

Result<KitVqgan> pack(const vision::vqgan::Config& config, const tensor::TensorFile& weights) {
  VEILRAY_TRY(fingerprint, vision::vqgan::fingerprint(config, weights));
  return KitVqgan{plan::VqganFiles{smallest(weights), vision::vqgan::write_config(config)},
                  to_hex(fingerprint)};
}

/// The named files, checked; random weights for a model of random weights; otherwise none, and the
/// client kit takes latents only.
Result<KitVqgan> kit_vqgan(const CompileOptions& options, const tensor::Shape& input) {
  namespace vqgan = vision::vqgan;
  if (!options.vqgan.empty()) {
    VEILRAY_TRY(config, vqgan::load_config(options.vqgan_config));
    if (!fits(config, input)) {
      const auto side = config.latent_size();
      return Failure{ErrorCode::kInvalidArgument,
                     "the VQGAN's latent is " + shape_text({config.z_channels, side, side}),
                     options.vqgan_config.string(),
                     fmt::format("this network takes {} out of films of {} pixels",
                                 shape_text(input), vision::kInputSide)};
    }
    VEILRAY_TRY(weights, tensor::load_safetensors(options.vqgan));
    VEILRAY_CHECK_OK(in_file(options.vqgan, vqgan::check_weights(config, weights)));
    return pack(config, weights);
  }
  if (options.source.random_seed) {
    if (const auto config = published_vqgan_for(input))
      return pack(*config, vqgan::random_weights(*config, *options.source.random_seed));
  }
  return KitVqgan{};
}

Result<std::string> read_card(const CompileOptions& options) {
  if (options.card.empty()) return std::string();
  VEILRAY_TRY(bytes, read_file(options.card, kMaxCardBytes));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<std::vector<tensor::Tensor>> calibration_inputs(const CompileOptions& options) {
  std::vector<tensor::Tensor> inputs;
  if (options.calibration.empty()) return inputs;
  VEILRAY_TRY(latents, load_latents(options.calibration));
  for (std::int64_t i = 0; i < latents.shape[0]; ++i) inputs.push_back(slice(latents, i));
  return inputs;
}

graph::FitMethod method_of(const std::string& name) {
  return name == graph::name_of(graph::FitMethod::kMinimax) ? graph::FitMethod::kMinimax
                                                            : graph::FitMethod::kLeastSquares;
}

struct MadeModel {
  plan::Model model;
  std::vector<graph::ActivationRange> outside;  // activations that leave the recorded ranges
};

/// What it cost is noted in the model.
Status replace_activations(graph::Graph& network, plan::Model& model, const CompileOptions& options,
                           const std::vector<tensor::Tensor>& calibration, Context& context) {
  VEILRAY_TRY(replaced, graph::approximate(std::move(network), calibration,
                                           method_of(options.approximate), context.progress));
  network = std::move(replaced.graph);
  model.approximation = std::move(replaced.record);
  return Done{};
}

Result<MadeModel> make_model(const CompileOptions& options, const graph::ClassifierRecord* record,
                             NamedNetwork named, std::vector<std::string> labels,
                             Context& context) {
  auto& [description, weights, network] = named;
  if (options.approximate.empty()) VEILRAY_CHECK_OK(graph::check_polynomial(network));
  VEILRAY_CHECK_OK(plan::check_encryptable(network));
  VEILRAY_TRY(calibration, calibration_inputs(options));
  MadeModel result;
  if (!options.approximate.empty())
    VEILRAY_CHECK_OK(replace_activations(network, result.model, options, calibration, context));
  if (record != nullptr && fits(network, calibration))
    result.outside = graph::outside(record->ranges, graph::activation_ranges(network, calibration));
  VEILRAY_TRY(fused, graph::lower_to_linear_and_polynomial(std::move(network)));
  plan::Model& model = result.model;
  model.labels = std::move(labels);
  if (!model.labels.empty() &&
      model.labels.size() != static_cast<std::size_t>(fused.output_shape()[0])) {
    return Failure{ErrorCode::kUsage, "not as many labels as outputs", "--labels",
                   fmt::format("give {}", fused.output_shape()[0])};
  }
  VEILRAY_TRY(made, runtime::compile(fused,
                                     {.precision = std::exp2(-options.precision_bits),
                                      .calibration = std::move(calibration),
                                      .images = options.images},
                                     context.pool, context.progress));
  const auto folder =
      options.output.filename().empty() ? options.output.parent_path() : options.output;
  model.name = options.name.empty() ? folder.filename().string() : options.name;
  model.architecture = std::move(description);
  SystemRng().fill(model.id);
  model.trained = is_trained(options, weights);
  model.latent = options.source.choice.latent_kind(record);
  if (record != nullptr) model.readings = record->readings;
  model.network = std::move(fused);
  model.plan = std::move(made);
  return result;
}

Result<std::vector<std::string>> chosen_labels(const CompileOptions& options) {
  if (options.labels.empty()) return std::vector<std::string>{};
  return read_labels(options.labels);
}

void add_outside(Report& report, const std::vector<graph::ActivationRange>& outside) {
  report.json["outside_ranges"] = Json::array();
  for (const auto& range : outside) {
    report.json["outside_ranges"].push_back(
        {{"name", range.name}, {"min", range.min}, {"max", range.max}});
    report.text += fmt::format("warning: {} sees {:.3g} to {:.3g}, beyond what training recorded\n",
                               range.name, range.min, range.max);
  }
}

/// A server that lacks the memory is ended by its system, while it reads the model.
void add_memory(Report& report, const plan::LoadedModel& model) {
  const std::uint64_t weights = runtime::Inference::expected_weight_bytes(model);
  report.json["weight_bytes"] = weights;
  const double has_gb = this_machine().memory_gb, needs_gb = static_cast<double>(weights) / 1e9;
  if (needs_gb > has_gb)
    report.text += fmt::format(
        "warning: a server keeps some {:.0f} GB of weights, and this machine has {:.0f} GB of "
        "memory\n",
        needs_gb, has_gb);
}

Result<Report> compile(const CompileOptions& options, Context& context) {
  VEILRAY_CHECK_OK(check_supported(options));
  VEILRAY_CHECK_OK(check_output(options.output, context.options));
  VEILRAY_TRY(read, read_record(options.source));
  const auto* record = get(read);
  VEILRAY_TRY(card, read_card(options));
  VEILRAY_TRY(labels, chosen_labels(options));
  const auto architecture = options.source.choice.architecture(record);
  tensor::Shape input{architecture.in_channels, architecture.size, architecture.size};
  std::optional<NamedNetwork> named;
  if (!options.source.onnx.empty()) {
    VEILRAY_TRY(imported, load_network(options.source, nullptr));
    named = std::move(imported);
    input = named->graph.input_shape();
  }
  VEILRAY_TRY(vqgan, kit_vqgan(options, input));
  if (record != nullptr) {
    VEILRAY_CHECK_OK(check_record(*record, options.source.choice, labels, vqgan.fingerprint,
                                  options.source.record));
    labels = record->labels;
  }
  if (!named) {
    VEILRAY_TRY(built, load_network(options.source, record));
    named = std::move(built);
  }
  VEILRAY_TRY(made, make_model(options, record, std::move(*named), std::move(labels), context));
  VEILRAY_TRY(loaded, plan::assemble(std::move(made.model)));
  const plan::Enclosures enclosed{.vqgan = std::move(vqgan.files),
                                  .metrics = record ? graph::metrics_json(*record) : "{}",
                                  .card = std::move(card)};
  VEILRAY_CHECK_OK(plan::save_model(options.output, loaded, enclosed, context.options.overwrite()));
  const auto& params = loaded.params;
  const SecuritySummary security{params.log_n(), params.log_qp(), params.security_bits()};
  Report report{
      {{"model", options.output.string()},
       {"name", loaded.model.name},
       {"trained", loaded.model.trained},
       {"levels", params.max_level().value},
       {"rotations", loaded.kit.rotations.size()},
       {"images", loaded.kit.images},
       {"predicted_error", loaded.model.plan.predicted_error},
       {"security", to_json(security)}},
      fmt::format("{}: {}{}\n{}, {} levels, {} rotations\n", options.output.string(),
                  loaded.model.architecture, loaded.model.trained ? "" : ", random weights",
                  to_text(security), params.max_level().value, loaded.kit.rotations.size())};
  add_memory(report, loaded);
  if (loaded.model.approximation) add_approximation(report, *loaded.model.approximation);
  if (record != nullptr) {
    add_outside(report, made.outside);
    report.json["calibrated"] = !options.calibration.empty();
    if (options.calibration.empty()) report.text += kNoCalibration;
  }
  return report;
}

void add_what_options(CLI::App& command, CompileOptions& options) {
  auto* file = command.add_option("NETWORK", options.source.onnx, "an ONNX file; or use --arch");
  add_network_options(command, options.source, file);
  command.add_option("--card", options.card, "the model's card, to go along")->type_name("FILE.md");
}

void add_kit_options(CLI::App& command, CompileOptions& options) {
  command.add_option("--labels", options.labels, "names of the outputs: A,B,... or a file")
      ->type_name("LIST");
  auto* vqgan = command.add_option("--vqgan", options.vqgan, "weights of the VQGAN for the kit")
                    ->type_name("FILE.safetensors");
  auto* config = command.add_option("--vqgan-config", options.vqgan_config, "its config")
                     ->type_name("FILE.json")
                     ->needs(vqgan);
  vqgan->needs(config);
  command
      .add_option("--latent", options.source.choice.latent,
                  "what is encrypted: raw or quantised (default: raw)")
      ->type_name("KIND")
      ->check(CLI::IsMember({"raw", "quantised"}));
}

CLI::Validator image_count() {
  return {
      [](const std::string& text) {
        std::uint32_t images = 0;
        const bool good = CLI::detail::lexical_cast(text, images) && plan::is_image_count(images);
        return good ? "" : fmt::format("{} is none of 1, 2, 4, ..., {}", text, plan::kMaxImages);
      },
      ""};
}

void add_plan_options(CLI::App& command, CompileOptions& options) {
  command.add_option("--security-bits", "128 is all there is")
      ->type_name("BITS")
      ->check(CLI::IsMember({128}));
  command
      .add_option("--precision-bits", options.precision_bits,
                  "logits are right to 2^-BITS (default: 10)")
      ->type_name("BITS")
      ->check(CLI::Range(1, 30));
  command.add_option("--calibration", options.calibration, "latents to measure ranges on")
      ->type_name("FILE.npy");
  command
      .add_option("--images-per-ciphertext", options.images,
                  "images that one request carries, a power of two (default: 1)")
      ->type_name("N")
      ->check(image_count());
  const std::string least_squares = graph::name_of(graph::FitMethod::kLeastSquares);
  command
      .add_flag("--approximate{" + least_squares + "}", options.approximate,
                "of an ONNX network: replace Relu and the like by polynomials fitted to "
                "--calibration; =minimax fits the largest error on the range")
      ->check(CLI::IsMember({least_squares, std::string(name_of(graph::FitMethod::kMinimax))}));
}

}  // namespace

Action add_compile(CLI::App& command) {
  auto options = std::make_shared<CompileOptions>();
  add_what_options(command, *options);
  command.add_option("-o,--output", options->output, "the model folder to write")
      ->type_name("MODEL")
      ->required();
  command.add_option("--name", options->name, "the model's name (default: the folder's)");
  add_kit_options(command, *options);
  add_plan_options(command, *options);
  command.footer(
      "Example: veilray compile --arch hefnet --weights net.safetensors -o MODEL\n"
      "         veilray compile net.onnx --labels Atelectasis,Effusion -o MODEL\n"
      "         veilray compile relu.onnx --approximate --calibration latents.npy -o MODEL");
  return [options](Context& context) { return compile(*options, context); };
}

}  // namespace veilray::cli
