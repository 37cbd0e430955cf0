#pragma once
// Where models lie: MODEL/ for the server, MODEL/client-kit/ for the client (docs/formats/).
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace veilray::cli {

inline constexpr std::string_view kDefaultModel = "chest-f8-hefnet";
inline constexpr std::string_view kModelFile = "model.json";
inline constexpr std::string_view kPlanFile = "plan.bin";
inline constexpr std::string_view kKitFile = "kit.json";
inline constexpr std::string_view kKitFolder = "client-kit";

/// The folders in which model names are looked up, first to last: $VEILRAY_MODELS, then
/// ../share/veilray/models and the source tree's models/ as seen from the program.
std::vector<std::filesystem::path> model_folders();

/// A model folder, by path or by name. Fails with kIo, saying where it was looked for.
Result<std::filesystem::path> find_model(std::string_view name_or_path,
                                         const std::vector<std::filesystem::path>& folders);
/// The client kit: of a model by path or name, or the kit's own folder.
Result<std::filesystem::path> find_client_kit(std::string_view name_or_path,
                                              const std::vector<std::filesystem::path>& folders);

}  // namespace veilray::cli
