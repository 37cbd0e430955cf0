#include "cli/trained_record.h"

#include <fmt/format.h>

#include "base/one_line.h"

namespace veilray::cli {
namespace {

template <class T>
Status same(const char* option, const std::optional<T>& chosen, const T& recorded,
            const std::filesystem::path& path) {
  if (!chosen || *chosen == recorded) return Done{};
  return Failure{ErrorCode::kInvalidArgument,
                 one_line(fmt::format("the record says {} {}, not {}", option, recorded, *chosen)),
                 path.string(), "take the record that belongs to the weights"};
}

}  // namespace

graph::ArchitectureSpec NetworkChoice::architecture(const graph::ClassifierRecord* record) const {
  const auto open = record ? record->architecture : graph::ArchitectureSpec{};
  return {.name = name.value_or(open.name),
          .attention = attention.value_or(open.attention),
          .in_channels = in_channels.value_or(open.in_channels),
          .size = size.value_or(open.size)};
}

plan::LatentKind NetworkChoice::latent_kind(const graph::ClassifierRecord* record) const {
  const bool quantised = latent ? *latent == "quantised"
                                : record && record->input == graph::InputForm::kQuantisedLatent;
  return quantised ? plan::LatentKind::kQuantised : plan::LatentKind::kRaw;
}

Status check_record(const graph::ClassifierRecord& record, const NetworkChoice& choice,
                    const std::vector<std::string>& labels, const std::string& vqgan,
                    const std::filesystem::path& path) {
  const auto& spec = record.architecture;
  if (record.input == graph::InputForm::kPixels)
    return Failure{ErrorCode::kInvalidArgument, "the classifier was trained on pixels",
                   path.string(),
                   "only networks on latents are compiled: train one with \"latent\": \"raw\""};
  VEILRAY_CHECK_OK(same("--arch", choice.name, spec.name, path));
  VEILRAY_CHECK_OK(same("--attention", choice.attention, spec.attention, path));
  VEILRAY_CHECK_OK(same("--in-channels", choice.in_channels, spec.in_channels, path));
  VEILRAY_CHECK_OK(same("--size", choice.size, spec.size, path));
  const std::string latent(graph::text_of(record.input));
  VEILRAY_CHECK_OK(same("--latent", choice.latent, latent, path));
  if (!labels.empty() && labels != record.labels)
    return Failure{ErrorCode::kInvalidArgument, "the record has other labels than --labels",
                   path.string(), "leave --labels out: the record names them"};
  if (!vqgan.empty() && !record.vqgan.empty() && vqgan != record.vqgan)
    return Failure{ErrorCode::kInvalidArgument,
                   "the classifier was trained on another VQGAN's latents", path.string(),
                   "give the VQGAN of its training with --vqgan and --vqgan-config"};
  return Done{};
}

}  // namespace veilray::cli
