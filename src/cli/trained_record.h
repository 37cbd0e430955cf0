#pragma once
// What `compile` takes over from a classifier's record, and what it refuses.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/classifier_record.h"
#include "plan/model.h"

namespace veilray::cli {

/// What the command line says of a network; what it leaves open comes from the record, or is the
/// default.
struct NetworkChoice {
  std::optional<std::string> name = {}, attention = {};
  std::optional<std::int64_t> in_channels = {}, size = {};
  std::optional<std::string> latent = {};  // raw or quantised

  /// `record` may be null.
  graph::ArchitectureSpec architecture(const graph::ClassifierRecord* record) const;
  plan::LatentKind latent_kind(const graph::ClassifierRecord* record) const;
};

/// Fails with kInvalidArgument, naming `path`, if the record speaks of another network, other
/// labels (an empty list agrees with all) or another VQGAN than those chosen. `vqgan` is the kit's
/// fingerprint in hexadecimal digits, empty if the kit has none.
Status check_record(const graph::ClassifierRecord& record, const NetworkChoice& choice,
                    const std::vector<std::string>& labels, const std::string& vqgan,
                    const std::filesystem::path& path);

}  // namespace veilray::cli
