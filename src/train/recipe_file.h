#pragma once
// A recipe as a file: one trainer's, or both trainers' in one.
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace veilray::train {

/// Reads `path` by `parse`, a function of JSON text that names the wrong key in its failure's
/// `where`. A file that has the object `part` holds several recipes, and that is the one. Fails as
/// read_file and `parse` do, naming file and key.
template <class Recipe>
Result<Recipe> load_recipe(const std::filesystem::path& path, const char* part,
                           Result<Recipe> (*parse)(std::string_view json)) {
  constexpr std::uint64_t kMaxRecipeBytes = 1 << 20;
  VEILRAY_TRY(bytes, read_file(path, kMaxRecipeBytes));
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::string where = path.string();
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_object() && json.contains(part)) {
    text = json[part].dump();
    where += std::string(", ") + part;
  }
  auto recipe = parse(text);
  if (recipe.ok()) return recipe;
  auto failure = std::move(recipe).failure();
  failure.where = failure.where.empty() ? where : where + ", " + failure.where;
  return failure;
}

}  // namespace veilray::train
