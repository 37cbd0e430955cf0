#pragma once
// A table of another classifier's probabilities: a teacher, or a yardstick.
#include <filesystem>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"

namespace veilray::dataset {

class Probabilities {
 public:
  /// A CSV whose first column names films (folder and ending do not count) and whose other columns
  /// are probabilities of labels, as `LABEL` or `prob_LABEL`. Fails with kMalformed, naming the
  /// line: no label, a film twice, what is no number in [0, 1].
  static Result<Probabilities> read(const std::filesystem::path& csv);

  const std::vector<std::string>& labels() const noexcept { return labels_; }
  std::size_t size() const noexcept { return rows_.size(); }
  /// One per label, or nothing for a film that is not in the table.
  std::span<const double> find(const std::filesystem::path& film) const;

 private:
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::vector<double>> rows_;
};

inline Result<Probabilities> read_probabilities(const std::filesystem::path& csv) {
  return Probabilities::read(csv);
}

/// Such a table, as read_probabilities reads it. `values`: film after film, one per label, in [0,
/// 1].
std::string write_probabilities(const std::vector<std::string>& labels,
                                const std::vector<std::filesystem::path>& films,
                                std::span<const double> values);

}  // namespace veilray::dataset
