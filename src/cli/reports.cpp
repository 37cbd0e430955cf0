#include "cli/reports.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/one_line.h"

namespace veilray::cli {
namespace {

Json film_json(const FilmReport& film, const ClassifyReport& report) {
  if (film.failure) return {{"file", film.file}, {"error", film.failure->line()}};
  Json json = {{"file", film.file}, {"findings", to_json(film.findings, report.audience)}};
  json["ms"] = {{"preprocess", film.ms.preprocess}, {"vqgan", film.ms.vqgan}};
  if (report.encrypted) json["ms"]["encrypt"] = film.ms.encrypt;
  json["ms"]["infer"] = film.ms.infer;
  if (report.encrypted) {
    json["ms"]["decrypt"] = film.ms.decrypt;
    json["bytes"] = {{"request", film.bytes.request}, {"response", film.bytes.response}};
  }
  return json;
}

std::string film_text(const FilmReport& film, const ClassifyReport& report) {
  const auto file = one_line(film.file);
  if (film.failure) return fmt::format("{}\n  no findings: {}\n", file, film.failure->line());
  std::string text = file + "\n" + to_text(film.findings);
  text += fmt::format("  times: preprocess {:.0f} ms, VQGAN {:.0f} ms", film.ms.preprocess,
                      film.ms.vqgan);
  if (!report.encrypted) return text + fmt::format(", network {:.0f} ms\n", film.ms.infer);
  return text + fmt::format(
                    ", encrypt {:.0f} ms, encrypted inference {:.0f} ms, decrypt {:.0f} ms\n"
                    "  bytes: request {}, response {}\n",
                    film.ms.encrypt, film.ms.infer, film.ms.decrypt, bytes_text(film.bytes.request),
                    bytes_text(film.bytes.response));
}

/// What was done to an answer that may be passed on; nothing for the key's owner.
void add_sharing(Report& made, Audience audience, std::uint32_t flood_bits) {
  if (audience == Audience::kOwner) return;
  made.json["share"] = {{"decimals", 4}, {"flood_bits", flood_bits}};
  made.text += fmt::format(
      "for sharing: rounded to 4 decimals, flooded with uniform noise below 2^{}; that makes an "
      "attack on the key harder, not impossible\n",
      flood_bits);
}

const char* mode_name(RunMode mode) {
  switch (mode) {
    case RunMode::kEncrypted:
      return "encrypted";
    case RunMode::kClearSlots:
      return "clear-slots";
    case RunMode::kPlain:
      break;
  }
  return "plain";
}

}  // namespace

Json to_json(const SecuritySummary& security) {
  return {{"log_n", security.log_n}, {"log_qp", security.log_qp}, {"bits", security.bits}};
}

std::string to_text(const SecuritySummary& security) {
  return fmt::format("N = 2^{}, log QP = {:.1f}, {}-bit security", security.log_n, security.log_qp,
                     security.bits);
}

Report make_report(const ClassifyReport& report) {
  Report made;
  made.text = untrained_warning(report.trained);
  made.json["images"] = Json::array();
  for (const auto& film : report.films) {
    made.json["images"].push_back(film_json(film, report));
    made.text += film_text(film, report);
    made.failed = made.failed || film.failure.has_value();
  }
  if (report.encrypted) made.json["security"] = to_json(report.security);
  made.json["model"] = report.model;
  made.json["trained"] = report.trained;
  made.text += fmt::format("model {}, {}\n", report.model,
                           report.encrypted ? to_text(report.security) : "not encrypted (--plain)");
  add_sharing(made, report.audience, report.flood_bits);
  return made;
}

Report make_report(const DecryptReport& report) {
  Report made;
  made.text = untrained_warning(report.trained);
  if (report.images.size() == 1) {
    made.json["findings"] = to_json(report.images.front(), report.audience);
    made.text += to_text(report.images.front());
  } else {
    for (std::size_t image = 0; image < report.images.size(); ++image) {
      const auto& findings = report.images[image];
      made.json["images"].push_back({{"findings", to_json(findings, report.audience)}});
      made.text += fmt::format("image {}\n", image + 1) + to_text(findings);
    }
  }
  made.json["model"] = report.model;
  made.json["trained"] = report.trained;
  made.text += fmt::format("model {}\n", report.model);
  add_sharing(made, report.audience, report.flood_bits);
  return made;
}

Report make_report(const RunReport& report) {
  Report made;
  made.json = {{"mode", mode_name(report.mode)},
               {"n", report.n},
               {"ms_per_image", report.ms_per_image},
               {"ms_keygen", report.ms_keygen},
               {"ms_load", report.ms_load},
               {"peak_rss_mb", report.peak_rss_mb},
               {"key_bytes", report.key_bytes},
               {"request_bytes", report.bytes.request},
               {"response_bytes", report.bytes.response},
               {"max_abs_error", report.max_abs_error},
               {"levels", report.levels},
               {"security", to_json(report.security)}};
  made.text =
      fmt::format("{} inputs, {}: {:.1f} ms an image (median), largest error {:.2e}\n", report.n,
                  mode_name(report.mode), report.ms_per_image, report.max_abs_error);
  made.text +=
      fmt::format("load {:.0f} ms, peak memory {:.0f} MB\n", report.ms_load, report.peak_rss_mb);
  if (report.mode == RunMode::kEncrypted) {
    made.text += fmt::format("key generation {:.0f} ms; keys {}, request {}, response {}\n{}\n",
                             report.ms_keygen, bytes_text(report.key_bytes),
                             bytes_text(report.bytes.request), bytes_text(report.bytes.response),
                             to_text(report.security));
  }
  return made;
}

void add_approximation(Report& report, const graph::Approximation& approximation) {
  report.json["approximation"] = Json::parse(graph::to_json(approximation));
  report.text += graph::to_text(approximation);
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  const auto value = static_cast<double>(bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", value / 1e3);
  return fmt::format("{:.2f} MB", value / 1e6);
}

}  // namespace veilray::cli
