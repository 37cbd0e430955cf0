#include "dataset/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/one_line.h"

namespace veilray::dataset {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string list(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return one_line(fmt::format("{}", fmt::join(names, ", ")));
}

}  // namespace

bool is_lateral(std::string_view view) {
  const auto name = lower(trimmed(view));
  return name == "l" || name == "ll" || name == "lat" || name == "lateral" || name == "rl" ||
         name == "left lateral" || name == "right lateral";
}

bool means_no_finding(std::string_view label) {
  const auto name = lower(trimmed(label));
  return name.empty() || name == "no finding" || name == "normal";
}

std::vector<std::string> split_labels(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const auto end = std::min(text.find('|', from), text.size());
    parts.emplace_back(trimmed(text.substr(from, end - from)));
    from = end + 1;
  }
  return parts;
}

Collector::Collector(std::string layout, std::vector<std::string> known, const ReadOptions& options)
    : options_(options), known_(std::move(known)) {
  dataset_.layout = std::move(layout);
}

Status Collector::add(Film film, std::optional<Split> split, bool exists,
                      const std::string& where) {
  const auto malformed = [&](std::string what, std::string mend) {
    return Failure{ErrorCode::kMalformed, one_line(std::move(what)), where, std::move(mend)};
  };
  sources_.insert(film.source);
  const auto& wanted = options_.sources;
  if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), film.source) == wanted.end())
    return Done{};
  if (is_lateral(film.view)) {
    ++dataset_.laterals;
    return Done{};
  }
  if (film.patient_id.empty())
    return malformed("no patient", "splits are by patient: give each film one");
  if (!files_.insert(film.file.lexically_normal().string()).second)
    return malformed("the film is listed twice: " + film.file.filename().string(), "keep one row");
  if (split) {
    film.split = *split;
    if (patients_.try_emplace(film.patient_id, *split).first->second != *split)
      return malformed("patient " + film.patient_id + " stands in two splits",
                       "all films of a patient go to one side");
  } else {
    ++without_split_;
  }
  ++rows_;
  if (exists) {
    dataset_.films.push_back(std::move(film));
  } else {
    dataset_.skipped.push_back({std::move(film.file), "no such file"});
  }
  return Done{};
}

Status Collector::check_sources(const std::filesystem::path& folder) const {
  for (const auto& source : options_.sources) {
    if (!sources_.contains(source))
      return Failure{ErrorCode::kInvalidArgument, "no films of dataset " + one_line(source),
                     folder.string(), "there are: " + list({sources_.begin(), sources_.end()})};
  }
  return Done{};
}

Result<std::vector<std::optional<std::size_t>>> Collector::chosen_labels(
    const std::filesystem::path& folder) const {
  std::vector<std::optional<std::size_t>> chosen;
  std::string unknown;
  const auto& wanted = options_.labels.empty() ? known_ : options_.labels;
  for (const auto& label : wanted) {
    const auto found = std::find(known_.begin(), known_.end(), label);
    if (found == known_.end()) {
      unknown = label;
      chosen.emplace_back();
    } else {
      chosen.emplace_back(static_cast<std::size_t>(found - known_.begin()));
    }
  }
  const bool knows_one =
      std::any_of(chosen.begin(), chosen.end(), [](auto at) { return bool(at); });
  if (unknown.empty() || (options_.unknown_labels && knows_one)) return chosen;
  return Failure{ErrorCode::kInvalidArgument, "unknown label " + one_line(unknown), folder.string(),
                 "there are: " + list(known_)};
}

void Collector::draw_split() {
  const auto held = hold_out(dataset_.films, options_.validation_share, options_.seed);
  for (std::size_t i = 0; i < held.size(); ++i)
    dataset_.films[i].split = held[i] ? Split::kValidation : Split::kTrain;
}

Result<Dataset> Collector::finish(const std::filesystem::path& folder) && {
  VEILRAY_CHECK_OK(check_sources(folder));
  VEILRAY_TRY(chosen, chosen_labels(folder));
  const auto missing = dataset_.skipped.size();
  if (static_cast<double>(missing) > options_.missing_tolerated * static_cast<double>(rows_))
    return Failure{ErrorCode::kIo, fmt::format("{} of {} films are missing", missing, rows_),
                   one_line(dataset_.skipped.front().file.string()),
                   fmt::format("at most {:.3g} % may be: mend the table or the folder",
                               100 * options_.missing_tolerated)};
  if (dataset_.films.empty())
    return Failure{ErrorCode::kMalformed, "no frontal film", folder.string(),
                   "the table lists none"};
  if (without_split_ > 0) draw_split();
  dataset_.labels = options_.labels.empty() ? known_ : options_.labels;
  for (auto& film : dataset_.films) {
    std::vector<LabelState> labels;
    labels.reserve(chosen.size());
    for (const auto i : chosen) labels.push_back(i ? film.labels[*i] : LabelState::kUnknown);
    film.labels = std::move(labels);
  }
  return std::move(dataset_);
}

}  // namespace veilray::dataset
