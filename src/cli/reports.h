#pragma once
// The reports that several commands share, and classify's own, as JSON and as text.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/findings.h"
#include "graph/approximation/record.h"

namespace veilray::cli {

struct SecuritySummary {
  std::uint32_t log_n = 0;
  double log_qp = 0;
  std::uint32_t bits = 0;
};
/// {"log_n","log_qp","bits"}.
Json to_json(const SecuritySummary& security);
/// "N = 2^14, log QP = 419.9, 128-bit security".
std::string to_text(const SecuritySummary& security);

struct StageTimes {  // milliseconds
  double preprocess = 0, vqgan = 0, encrypt = 0, infer = 0, decrypt = 0;
};
struct WireBytes {
  std::uint64_t request = 0, response = 0;
};

/// One film: findings, or why there are none.
struct FilmReport {
  std::string file;
  std::optional<Failure> failure = {};
  std::vector<Finding> findings = {};
  StageTimes ms = {};
  WireBytes bytes = {};
};

struct ClassifyReport {
  std::string model;
  bool trained = false;
  bool encrypted = true;  // false with --plain: no times of encryption, no bytes, no security
  Audience audience = Audience::kOwner;
  std::uint32_t flood_bits = 0;  // of what is shared
  SecuritySummary security = {};
  std::vector<FilmReport> films = {};
};
/// `failed` is set if one film failed.
Report make_report(const ClassifyReport& report);

struct DecryptReport {
  std::string model;
  bool trained = false;
  Audience audience = Audience::kOwner;
  std::uint32_t flood_bits = 0;              // of what is shared
  std::vector<std::vector<Finding>> images;  // findings of each
};
/// One image's findings stand alone; of several there is a list.
Report make_report(const DecryptReport& report);

enum class RunMode { kEncrypted, kClearSlots, kPlain };
struct RunReport {
  RunMode mode = RunMode::kEncrypted;
  std::size_t n = 0;
  double ms_per_image = 0;  // median
  double ms_keygen = 0, ms_load = 0;
  double peak_rss_mb = 0;
  std::uint64_t key_bytes = 0;
  WireBytes bytes = {};
  double max_abs_error = 0;  // of a logit, against the float network
  std::uint32_t levels = 0;
  SecuritySummary security = {};
};
Report make_report(const RunReport& report);

/// Key "approximation", and a few lines.
void add_approximation(Report& report, const graph::Approximation& approximation);

/// "741 kB", "68.3 MB": decimal units.
std::string bytes_text(std::uint64_t bytes);

}  // namespace veilray::cli
