#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/file.h"
#include "base/one_line.h"
#include "dataset/csv.h"
#include "dataset/reader.h"

namespace veilray::dataset {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxListBytes = 64 << 20;
/// Wang et al., CVPR 2017, in the order of their paper.
constexpr std::array kNihLabels = {
    "Atelectasis", "Cardiomegaly", "Effusion",           "Infiltration",  "Mass",
    "Nodule",      "Pneumonia",    "Pneumothorax",       "Consolidation", "Edema",
    "Emphysema",   "Fibrosis",     "Pleural_Thickening", "Hernia"};

/// The films below images*/ by the stems of their names: who shrinks them may have turned PNG into
/// JPEG.
std::unordered_map<std::string, fs::path> find_films(const fs::path& folder) {
  std::unordered_map<std::string, fs::path> films;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().starts_with("images")) continue;
    std::error_code inner;
    for (fs::recursive_directory_iterator film(at->path(), inner), last; !inner && film != last;
         film.increment(inner))
      films.emplace(film->path().stem().string(), film->path());
  }
  return films;
}

using Splits = std::unordered_map<std::string, Split>;

Status read_list(const fs::path& path, Split split, Splits& splits) {
  VEILRAY_TRY(bytes, read_file(path, kMaxListBytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    auto name = text.substr(from, end - from);
    if (name.ends_with('\r')) name.remove_suffix(1);
    from = end + 1;
    if (name.empty()) continue;
    if (splits.try_emplace(std::string(name), split).first->second != split)
      return Failure{ErrorCode::kMalformed, one_line(std::string(name)) + " stands in two splits",
                     path.string(), "keep it in one list"};
  }
  return Done{};
}

/// Both lists, or none.
Result<Splits> read_splits(const fs::path& folder) {
  Splits splits;
  std::error_code ignored;
  const auto train = folder / "train_val_list.txt", test = folder / "test_list.txt";
  if (!fs::exists(train, ignored) && !fs::exists(test, ignored)) return splits;
  VEILRAY_CHECK_OK(read_list(train, Split::kTrain, splits));
  VEILRAY_CHECK_OK(read_list(test, Split::kValidation, splits));
  if (splits.empty())
    return Failure{ErrorCode::kMalformed, "lists of no film", test.string(),
                   "remove both to draw a split"};
  return splits;
}

Result<std::vector<LabelState>> parse_labels(const std::string& text, const std::string& where) {
  std::vector<LabelState> states(kNihLabels.size(), LabelState::kAbsent);
  for (const auto& name : split_labels(text)) {
    if (means_no_finding(name)) continue;
    const auto found = std::find(kNihLabels.begin(), kNihLabels.end(), name);
    if (found == kNihLabels.end())
      return Failure{ErrorCode::kMalformed, "unknown label `" + one_line(name) + "`", where,
                     "it is none of NIH's 14"};
    states[static_cast<std::size_t>(found - kNihLabels.begin())] = LabelState::kPresent;
  }
  return states;
}

}  // namespace

Result<Dataset> read_nih(const fs::path& folder, const fs::path& table,
                         const ReadOptions& options) {
  VEILRAY_TRY(csv, CsvReader::open(table));
  VEILRAY_TRY(image, csv.needed("Image Index"));
  VEILRAY_TRY(labels, csv.needed("Finding Labels"));
  VEILRAY_TRY(patient, csv.needed("Patient ID"));
  const auto view = csv.optional("View Position");
  VEILRAY_TRY(splits, read_splits(folder));
  const auto films = find_films(folder);
  Collector collector("NIH", {kNihLabels.begin(), kNihLabels.end()}, options);
  std::vector<std::string> row;
  while (true) {
    VEILRAY_TRY(more, csv.next(row));
    if (!more) break;
    const auto& name = row[image];
    std::optional<Split> split;
    if (!splits.empty()) {
      const auto found = splits.find(name);
      if (found == splits.end())
        return Failure{ErrorCode::kMalformed, one_line(name) + " stands in no split", csv.where(),
                       "add it to train_val_list.txt or test_list.txt"};
      split = found->second;
    }
    VEILRAY_TRY(states, parse_labels(row[labels], csv.where()));
    const auto found = films.find(fs::path(name).stem().string());
    const bool exists = found != films.end();
    Film film{exists ? found->second : folder / "images" / name,
              row[patient],
              "nih",
              view ? row[*view] : "",
              Split::kTrain,
              std::move(states)};
    VEILRAY_CHECK_OK(collector.add(std::move(film), split, exists, csv.where()));
  }
  return std::move(collector).finish(folder);
}

}  // namespace veilray::dataset
