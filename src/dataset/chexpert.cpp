#include <array>

#include "base/one_line.h"
#include "dataset/csv.h"
#include "dataset/reader.h"

namespace veilray::dataset {
namespace {

namespace fs = std::filesystem;

/// Irvin et al., AAAI 2019: the 13 findings; the fourteenth column, No Finding, is their absence.
constexpr std::array kChexpertLabels = {"Enlarged Cardiomediastinum",
                                        "Cardiomegaly",
                                        "Lung Opacity",
                                        "Lung Lesion",
                                        "Edema",
                                        "Consolidation",
                                        "Pneumonia",
                                        "Atelectasis",
                                        "Pneumothorax",
                                        "Pleural Effusion",
                                        "Pleural Other",
                                        "Fracture",
                                        "Support Devices"};

/// 1 present, 0 absent, -1 uncertain, empty not mentioned: absent.
Result<LabelState> parse_state(const std::string& text, Uncertainty policy,
                               const std::string& where) {
  if (text.empty() || text == "0" || text == "0.0") return LabelState::kAbsent;
  if (text == "1" || text == "1.0") return LabelState::kPresent;
  if (text != "-1" && text != "-1.0")
    return Failure{ErrorCode::kMalformed, "not a label's state: `" + one_line(text) + "`", where,
                   "it is 1, 0, -1 or empty"};
  if (policy == Uncertainty::kIgnore) return LabelState::kUnknown;
  return policy == Uncertainty::kOnes ? LabelState::kPresent : LabelState::kAbsent;
}

/// The part of .../patient00001/study1/view1_frontal.jpg that names the patient.
std::string patient_of(const fs::path& path) {
  for (const auto& part : path)
    if (part.string().starts_with("patient")) return part.string();
  return {};
}

/// The table's paths begin with the name that the folder had when it was published.
fs::path resolve(const fs::path& folder, const fs::path& listed, bool& exists) {
  std::error_code ignored;
  fs::path inner;
  for (auto part = listed.begin(); part != listed.end(); ++part)
    if (part != listed.begin()) inner /= *part;
  exists = true;
  for (const auto& candidate : {folder / inner, folder / listed})
    if (fs::is_regular_file(candidate, ignored)) return candidate;
  exists = false;
  return folder / inner;
}

struct ChexpertColumns {
  std::size_t path, side;
  std::optional<std::size_t> view;
  std::vector<std::size_t> labels;
};

Result<ChexpertColumns> find_chexpert_columns(const CsvReader& csv) {
  VEILRAY_TRY(path, csv.needed("Path"));
  VEILRAY_TRY(side, csv.needed("Frontal/Lateral"));
  ChexpertColumns columns{path, side, csv.optional("AP/PA"), {}};
  for (const auto* label : kChexpertLabels) {
    VEILRAY_TRY(column, csv.needed(label));
    columns.labels.push_back(column);
  }
  return columns;
}

Status read_table(const fs::path& folder, const fs::path& table, std::optional<Split> split,
                  const ReadOptions& options, Collector& collector) {
  VEILRAY_TRY(csv, CsvReader::open(table));
  VEILRAY_TRY(columns, find_chexpert_columns(csv));
  std::vector<std::string> row;
  while (true) {
    VEILRAY_TRY(more, csv.next(row));
    if (!more) return Done{};
    Film film;
    const bool lateral = is_lateral(row[columns.side]);
    bool exists = false;
    if (!lateral) film.file = resolve(folder, row[columns.path], exists);
    film.patient_id = patient_of(row[columns.path]);
    film.source = "chexpert";
    film.view = lateral ? "Lateral" : columns.view ? row[*columns.view] : "";
    for (const auto column : columns.labels) {
      VEILRAY_TRY(state, parse_state(row[column], options.uncertainty, csv.where()));
      film.labels.push_back(state);
    }
    VEILRAY_CHECK_OK(collector.add(std::move(film), split, exists, csv.where()));
  }
}

}  // namespace

Result<Dataset> read_chexpert(const fs::path& folder, const fs::path& train,
                              const ReadOptions& options) {
  Collector collector("CheXpert", {kChexpertLabels.begin(), kChexpertLabels.end()}, options);
  const auto valid = folder / "valid.csv";
  std::error_code ignored;
  const bool has_split = fs::is_regular_file(valid, ignored);
  const auto split = [&](Split side) { return has_split ? std::optional(side) : std::nullopt; };
  VEILRAY_CHECK_OK(read_table(folder, train, split(Split::kTrain), options, collector));
  if (has_split)
    VEILRAY_CHECK_OK(read_table(folder, valid, split(Split::kValidation), options, collector));
  return std::move(collector).finish(folder);
}

}  // namespace veilray::dataset
