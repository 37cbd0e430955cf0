#pragma once
// What the readers of the layouts share: rows come in one by one, a checked Dataset goes out.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dataset/dataset.h"

namespace veilray::dataset {

/// Takes rows, leaves out what the options leave out, and checks the whole at the end.
class Collector {
 public:
  /// `known`: every label that the layout has, in its order.
  Collector(std::string layout, std::vector<std::string> known, const ReadOptions& options);

  /// `film.labels` has one state per known label. `split` is empty where the folder brings none.
  /// `where` names the row. `exists` says whether the film's file is there.
  /// Fails with kMalformed: no patient, a film listed twice, a patient in two splits.
  Status add(Film film, std::optional<Split> split, bool exists, const std::string& where);

  /// Fails as read_dataset() does; `folder` stands in the messages.
  Result<Dataset> finish(const std::filesystem::path& folder) &&;

 private:
  /// Where each chosen label stands among the known ones; nothing for one that is not known.
  Result<std::vector<std::optional<std::size_t>>> chosen_labels(
      const std::filesystem::path& folder) const;
  Status check_sources(const std::filesystem::path& folder) const;
  void draw_split();

  ReadOptions options_;
  std::vector<std::string> known_;
  Dataset dataset_;
  std::size_t rows_ = 0, without_split_ = 0;
  std::unordered_set<std::string> files_, sources_;
  std::unordered_map<std::string, Split> patients_;
};

/// Whether a view position is a side view.
bool is_lateral(std::string_view view);
/// "No Finding", "Normal" or nothing, in any case of letters: the name of no label.
bool means_no_finding(std::string_view label);
/// The parts between pipes, without blanks around them.
std::vector<std::string> split_labels(std::string_view text);

Result<Dataset> read_index_csv(const std::filesystem::path& folder, const ReadOptions& options);
Result<Dataset> read_nih(const std::filesystem::path& folder, const std::filesystem::path& table,
                         const ReadOptions& options);
Result<Dataset> read_chexpert(const std::filesystem::path& folder,
                              const std::filesystem::path& train, const ReadOptions& options);

}  // namespace veilray::dataset
