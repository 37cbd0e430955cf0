#pragma once
// classifier.json: what a trained classifier's weights do not say. The trainer writes it beside
// them, `compile --record` reads it. docs/formats/classifier-record.md.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "graph/architectures/registry.h"
#include "graph/reading.h"

namespace veilray::graph {

/// What of a film a network sees: a VQGAN's latent, before or behind its codebook, or the grey
/// values of a film made smaller.
enum class InputForm : std::uint8_t { kRawLatent, kQuantisedLatent, kPixels };
/// As records and recipes write it: "raw", "quantised", "pixels".
std::string_view text_of(InputForm form) noexcept;
std::optional<InputForm> input_form(std::string_view text) noexcept;

/// Low and high end of a 95 % bootstrap interval.
using ConfidenceInterval = std::pair<double, double>;

/// Of one label, on the validation films. What is not defined there (no film has the finding) is
/// absent.
struct LabelMetrics {
  std::optional<double> auroc = {}, average_precision = {};
  std::optional<ConfidenceInterval> auroc_ci = {};
  double f1 = 0;  // at the reading's threshold
  std::uint64_t positives = 0;
};

struct ClassifierMetrics {
  /// Trained on; threshold, calibration and epoch chosen on; reported on.
  std::uint64_t train_films = 0, selection_films = 0, validation_films = 0;
  std::optional<double> macro_auroc = {};
  std::optional<ConfidenceInterval> macro_ci = {};
  std::vector<LabelMetrics> labels = {};  // one per label, or none
};

/// What went into an activation over the validation films; `name` is its node's in the network as
/// `graph::build` gives it ("relu3").
struct ActivationRange {
  std::string name;
  double min = 0, max = 0;
};

struct ClassifierRecord {
  std::vector<std::string> labels;  // one per output, distinct
  ArchitectureSpec architecture;
  InputForm input = InputForm::kRawLatent;
  /// vision::vqgan::fingerprint() of the VQGAN whose latents it was trained on, 64 hexadecimal
  /// digits; empty if it saw latents of unknown origin, or pixels.
  std::string vqgan;
  ClassifierMetrics metrics;
  std::vector<Reading> readings;  // one per label
  std::vector<ActivationRange> ranges = {};
};

/// JSON of the metrics alone, as they stand in a model's model.json.
std::string metrics_json(const ClassifierRecord& record);

/// Throws: Error{kInvalidArgument} for a record that parse_record() would refuse.
std::string to_json(const ClassifierRecord& record);

/// Fails with kMalformed: syntax, a field missing, unknown or of another type, numbers out of range
/// or not finite, lists that are not one per label.
Result<ClassifierRecord> parse_record(std::span<const std::byte> json);

/// As parse_record(), the failure naming the path.
Result<ClassifierRecord> load_record(const std::filesystem::path& path);
Status save_record(const std::filesystem::path& path, const ClassifierRecord& record,
                   const WriteOptions& options = {});

}  // namespace veilray::graph
