#include "train/classifier_recipe.h"

#include "train/recipe_fields.h"
#include "train/recipe_file.h"

namespace veilray::train {
namespace {

/// Reads the object `name`, if it is there, by `read`.
template <class Read>
void object(RecipeFields& fields, const char* name, const Read& read) {
  const auto* json = fields.find(name);
  if (json == nullptr) return;
  RecipeFields inner(*json, fields.at(name));
  read(inner);
  if (const auto status = inner.finish(); !status.ok()) fields.fail(status.failure());
}

void read_start(RecipeFields& fields, std::array<double, 3>& start) {
  const auto* json = fields.find("start");
  if (json == nullptr) return;
  const auto small = [](const auto& value) {
    return value.is_number() && std::abs(value.template get<double>()) <= 10.0;
  };
  if (!json->is_array() || json->size() != start.size() ||
      !std::all_of(json->begin(), json->end(), small)) {
    return fields.fail(ErrorCode::kMalformed, "not three numbers", fields.at("start"),
                       "give alpha, beta and c, each in [-10, 10]");
  }
  for (std::size_t i = 0; i < start.size(); ++i) start[i] = (*json)[i].get<double>();
}

void read_activation(RecipeFields& fields, ActivationRecipe& activation) {
  read_start(fields, activation.start);
  fields.number("rate_factor", activation.rate_factor, 0.0, 10.0);
  fields.number("range", activation.range, 0.1, 1e6);
  fields.number("penalty", activation.penalty, 0.0, 1e6);
}

void read_augmentation(RecipeFields& fields, PixelAugmentation& augmentation) {
  fields.number("copies", augmentation.copies, 0, 1000);
  fields.number("rotation", augmentation.rotation, 0.0, 180.0);
  fields.number("scale", augmentation.scale, 0.0, 0.5);
  fields.number("shift", augmentation.shift, 0.0, 0.5);
  fields.number("flip", augmentation.flip, 0.0, 1.0);
  fields.number("brightness", augmentation.brightness, 0.0, 2.0);
  fields.number("contrast", augmentation.contrast, 0.0, 1.0);
}

void read_input(RecipeFields& fields, ClassifierRecipe& recipe) {
  std::string latent(graph::text_of(recipe.latent));
  fields.text("latent", latent);
  const auto form = graph::input_form(latent);
  if (!form) {
    return fields.fail(ErrorCode::kInvalidArgument, latent + " is no form of latent",
                       fields.at("latent"), "use raw, quantised or pixels");
  }
  recipe.latent = *form;
  if (recipe.latent != graph::InputForm::kPixels) return;  // the VQGAN says the size
  fields.number("size", recipe.size, 16, 256);
  if (256 % recipe.size != 0) {
    fields.fail(ErrorCode::kInvalidArgument, "it does not divide 256", fields.at("size"),
                "use 16, 32, 64, 128 or 256");
  }
}

void read_training(RecipeFields& fields, ClassifierRecipe& recipe) {
  fields.number("folds", recipe.folds, 2, 20);
  fields.number("epochs", recipe.epochs, 1, 10000);
  fields.number("batch", recipe.batch, 2, 4096);
  fields.number("learning_rate", recipe.learning_rate, 1e-8, 1.0);
  fields.number("last_layer_rate_factor", recipe.last_layer_rate_factor, 0.0, 10.0);
  fields.number("warmup_epochs", recipe.warmup_epochs, 0.0, 10000.0);
  fields.number("weight_decay", recipe.weight_decay, 0.0, 10.0);
  fields.number("gradient_clip", recipe.gradient_clip, 1e-6, 1e6);
  fields.number("dropout", recipe.dropout, 0.0, 0.95);
  fields.number("mixup", recipe.mixup, 0.0, 0.5);
  fields.number("latent_shift", recipe.latent_shift, 0, 64);
  fields.number("teacher_weight", recipe.teacher_weight, 0.0, 1.0);
  fields.number("seed", recipe.seed, 0, 0x1p53);
  fields.text("attribution", recipe.attribution);
}

}  // namespace

Result<ClassifierRecipe> parse_classifier_recipe(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return Failure{ErrorCode::kMalformed, "not JSON", "", "see configs/ for examples"};
  }
  ClassifierRecipe recipe;
  RecipeFields fields(json, "");
  std::string about;
  fields.text("about", about);
  fields.text("architecture", recipe.architecture);
  fields.text("attention", recipe.attention);
  read_input(fields, recipe);
  read_training(fields, recipe);
  object(fields, "activation", [&](auto& inner) { read_activation(inner, recipe.activation); });
  object(fields, "augmentation",
         [&](auto& inner) { read_augmentation(inner, recipe.augmentation); });
  VEILRAY_CHECK_OK(fields.finish());
  return recipe;
}

Result<ClassifierRecipe> load_classifier_recipe(const std::filesystem::path& path) {
  return load_recipe(path, "train_classifier", parse_classifier_recipe);
}

}  // namespace veilray::train
