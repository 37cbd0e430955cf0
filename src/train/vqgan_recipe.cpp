#include "train/vqgan_recipe.h"

#include "train/recipe_fields.h"
#include "train/recipe_file.h"

namespace veilray::train {
namespace {

constexpr double kMaxSteps = 1e8;

VqganLossWeights read_loss(RecipeFields& fields, const nlohmann::json& json) {
  VqganLossWeights loss;
  RecipeFields terms(json, fields.at("loss"));
  terms.number("l1", loss.l1, 0.0, 1000.0);
  terms.number("l2", loss.l2, 0.0, 1000.0);
  terms.number("gradients", loss.gradients, 0.0, 1000.0);
  terms.number("commitment", loss.commitment, 0.0, 1000.0);
  terms.number("features", loss.features, 0.0, 1000.0);
  if (const auto status = terms.finish(); !status.ok()) fields.fail(status.failure());
  return loss;
}

AdversaryRecipe read_adversary(RecipeFields& fields, const nlohmann::json& json) {
  AdversaryRecipe adversary;
  RecipeFields keys(json, fields.at("adversary"));
  keys.number("start_step", adversary.start_step, 0, kMaxSteps);
  keys.number("weight", adversary.weight, 0.0, 1000.0);
  keys.number("channels", adversary.channels, 1, 1024);
  keys.number("layers", adversary.layers, 1, 5);
  keys.number("learning_rate", adversary.learning_rate, 1e-8, 1.0);
  if (const auto status = keys.finish(); !status.ok()) fields.fail(status.failure());
  return adversary;
}

void read_network(RecipeFields& fields, vision::vqgan::Config& network) {
  const auto* json = fields.find("vqgan");
  if (json == nullptr) {
    return fields.fail(ErrorCode::kMalformed, "the network is missing", fields.at("vqgan"),
                       "give its config as an object");
  }
  auto config = vision::vqgan::parse_config(json->dump());
  if (!config.ok()) return fields.fail(config.failure());
  network = std::move(config).value();
}

void read_training(RecipeFields& fields, VqganRecipe& recipe) {
  fields.number("crop", recipe.crop, 32, 256);
  fields.number("batch", recipe.batch, 1, 4096);
  fields.number("steps", recipe.steps, 1, kMaxSteps);
  fields.number("minutes", recipe.minutes, 0.0, 1e6);
  fields.number("learning_rate", recipe.learning_rate, 1e-8, 1.0);
  fields.number("warmup_steps", recipe.warmup_steps, 0, kMaxSteps);
  fields.number("gradient_clip", recipe.gradient_clip, 1e-6, 1e6);
  fields.number("weight_average", recipe.weight_average, 0.0, 0.999999);
  fields.flag("bfloat16", recipe.bfloat16);
  fields.text("attribution", recipe.attribution);
  fields.number("seed", recipe.seed, 0, 0x1p53);
  fields.number("validate_every", recipe.validate_every, 1, kMaxSteps);
  fields.number("validation_films", recipe.validation_films, 1, 1e6);
  if (const auto* loss = fields.find("loss")) recipe.loss = read_loss(fields, *loss);
  if (const auto* adversary = fields.find("adversary")) {
    recipe.adversary = read_adversary(fields, *adversary);
  }
}

Status check_adversary(const VqganRecipe& recipe) {
  if (!recipe.adversary) {
    if (recipe.loss.features == 0.0) return Done{};
    return Failure{ErrorCode::kInvalidArgument, "features of what, without an adversary?",
                   "loss.features", "add \"adversary\": {}, or leave it out"};
  }
  const auto least = std::int64_t{3} << recipe.adversary->layers;
  if (recipe.crop >= least) return Done{};
  return Failure{ErrorCode::kInvalidArgument,
                 fmt::format("too many for crops of {} pixels", recipe.crop), "adversary.layers",
                 fmt::format("use fewer, or crops of at least {}", least)};
}

}  // namespace

Result<VqganRecipe> parse_vqgan_recipe(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return Failure{ErrorCode::kMalformed, "not JSON", "", "see configs/ for examples"};
  }
  VqganRecipe recipe;
  RecipeFields fields(json, "");
  std::string about;
  fields.text("about", about);  // a remark for people
  read_network(fields, recipe.network);
  read_training(fields, recipe);
  VEILRAY_CHECK_OK(fields.finish());
  if (recipe.crop % recipe.network.factor() != 0) {
    return Failure{ErrorCode::kInvalidArgument, fmt::format("{} is no multiple", recipe.crop),
                   "crop", fmt::format("use a multiple of the factor {}", recipe.network.factor())};
  }
  VEILRAY_CHECK_OK(check_adversary(recipe));
  return recipe;
}

Result<VqganRecipe> load_vqgan_recipe(const std::filesystem::path& path) {
  return load_recipe(path, "train_vqgan", parse_vqgan_recipe);
}

}  // namespace veilray::train
