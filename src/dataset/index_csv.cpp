#include <algorithm>
#include <set>

#include "base/one_line.h"
#include "dataset/csv.h"
#include "dataset/reader.h"

namespace veilray::dataset {
namespace {

namespace fs = std::filesystem;

struct IndexColumns {
  std::size_t file, labels, patient;
  std::optional<std::size_t> view, split, source;
};

Result<IndexColumns> find_index_columns(const CsvReader& csv) {
  VEILRAY_TRY(file, csv.needed("file"));
  VEILRAY_TRY(labels, csv.needed("labels"));
  VEILRAY_TRY(patient, csv.needed("patient_id"));
  return IndexColumns{
      file, labels, patient, csv.optional("view"), csv.optional("split"), csv.optional("dataset")};
}

Result<Split> parse_split(const std::string& text, const std::string& where) {
  if (text == "train") return Split::kTrain;
  if (text == "val" || text == "valid" || text == "validation" || text == "test")
    return Split::kValidation;
  return Failure{ErrorCode::kMalformed, "unknown split `" + one_line(text) + "`", where,
                 "it is train, val or test"};
}

std::string field(const std::vector<std::string>& row, std::optional<std::size_t> column) {
  return column ? row[*column] : std::string();
}

bool takes(const ReadOptions& options, const std::string& source) {
  const auto& wanted = options.sources;
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), source) != wanted.end();
}

/// The labels are those that the rows have: a first reading finds them.
Result<std::vector<std::string>> find_labels(CsvReader csv, const IndexColumns& columns,
                                             const ReadOptions& options) {
  std::set<std::string> names;
  std::vector<std::string> row;
  while (true) {
    VEILRAY_TRY(more, csv.next(row));
    if (!more) break;
    if (!takes(options, field(row, columns.source))) continue;
    for (auto& name : split_labels(row[columns.labels]))
      if (!means_no_finding(name)) names.insert(std::move(name));
  }
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace

Result<Dataset> read_index_csv(const fs::path& folder, const ReadOptions& options) {
  VEILRAY_TRY(csv, CsvReader::open(folder / "index.csv"));
  VEILRAY_TRY(columns, find_index_columns(csv));
  VEILRAY_TRY(known, find_labels(csv, columns, options));
  Collector collector("index.csv", known, options);
  std::vector<std::string> row;
  while (true) {
    VEILRAY_TRY(more, csv.next(row));
    if (!more) break;
    Film film{folder / row[columns.file], row[columns.patient], field(row, columns.source),
              field(row, columns.view),   Split::kTrain,        {}};
    const auto names = split_labels(row[columns.labels]);
    for (const auto& label : known) {
      const bool present = std::find(names.begin(), names.end(), label) != names.end();
      film.labels.push_back(present ? LabelState::kPresent : LabelState::kAbsent);
    }
    std::optional<Split> split;
    if (columns.split) {
      VEILRAY_TRY(side, parse_split(row[*columns.split], csv.where()));
      split = side;
    }
    std::error_code ignored;
    const bool exists = fs::is_regular_file(film.file, ignored);
    VEILRAY_CHECK_OK(collector.add(std::move(film), split, exists, csv.where()));
  }
  return std::move(collector).finish(folder);
}

}  // namespace veilray::dataset
