#include "dataset/dataset.h"

#include <algorithm>
#include <map>

#include "base/file.h"
#include "base/hash.h"
#include "dataset/reader.h"

namespace veilray::dataset {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// NIH's table in its newest edition: Data_Entry_2017_v2020.csv sorts behind Data_Entry_2017.csv.
fs::path nih_table(const fs::path& folder) {
  fs::path newest;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    if (name.starts_with("Data_Entry_2017") && name.ends_with(".csv") &&
        name > newest.filename().string())
      newest = at->path();
  }
  return newest;
}

}  // namespace

std::vector<Film> Dataset::of(Split split) const {
  std::vector<Film> chosen;
  std::copy_if(films.begin(), films.end(), std::back_inserter(chosen),
               [&](const Film& film) { return film.split == split; });
  return chosen;
}

Result<Dataset> read_dataset(const fs::path& folder, const ReadOptions& options) {
  if (is_file(folder / "index.csv")) return read_index_csv(folder, options);
  if (const auto table = nih_table(folder); !table.empty()) return read_nih(folder, table, options);
  for (const char* train : {"train_visualCheXbert.csv", "train.csv"})
    if (is_file(folder / train)) return read_chexpert(folder, folder / train, options);
  return Failure{ErrorCode::kIo, "no table of films", folder.string(),
                 "it holds index.csv, Data_Entry_2017*.csv (NIH) or train.csv (CheXpert)"};
}

std::vector<bool> hold_out(const std::vector<Film>& films, double share, std::uint64_t seed) {
  std::map<std::string, std::vector<std::size_t>> of_patient;
  for (std::size_t i = 0; i < films.size(); ++i) of_patient[films[i].patient_id].push_back(i);
  std::vector<std::pair<Sha256, const std::vector<std::size_t>*>> order;
  order.reserve(of_patient.size());
  for (const auto& [patient, indices] : of_patient)
    order.emplace_back(sha256(as_bytes(std::to_string(seed) + ":" + patient)), &indices);
  std::sort(order.begin(), order.end());

  std::vector<bool> held(films.size(), false);
  std::size_t count = 0;
  for (const auto& [hash, indices] : order) {
    if (static_cast<double>(count) >= share * static_cast<double>(films.size())) break;
    for (const auto i : *indices) held[i] = true;
    count += indices->size();
  }
  return held;
}

}  // namespace veilray::dataset
