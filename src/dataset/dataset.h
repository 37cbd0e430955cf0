#pragma once
// A folder of films with labels, whichever way it is laid out: who is in it, what was found, and
// which side of the split it stands on. Nothing here opens an image.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace veilray::dataset {

enum class Split : std::uint8_t { kTrain, kValidation };
/// kUnknown: left out of the loss and of the metrics of its label.
enum class LabelState : std::int8_t { kAbsent = 0, kPresent = 1, kUnknown = -1 };
/// What a reader's "uncertain" (CheXpert's -1) counts as.
enum class Uncertainty : std::uint8_t { kZeros, kOnes, kIgnore };

struct Film {
  std::filesystem::path file;  // to be opened as it stands
  std::string patient_id;      // never empty
  std::string source;          // index.csv's `dataset`, "nih", "chexpert"; may be empty
  std::string view;            // "PA", "AP", ... ; may be empty
  Split split = Split::kTrain;
  std::vector<LabelState> labels;  // one per Dataset::labels
};

/// A row that gives no film.
struct Skipped {
  std::filesystem::path file;
  std::string reason;
};

struct Dataset {
  std::string layout;               // "index.csv", "NIH" or "CheXpert"
  std::vector<std::string> labels;  // "No Finding" is not one: it is a film with none
  std::vector<Film> films;          // in the order of their table
  std::vector<Skipped> skipped;     // missing files
  std::size_t laterals = 0;         // rows left out because they are no frontal view

  std::vector<Film> of(Split split) const;
};

struct ReadOptions {
  /// Which sources to take (`--datasets`); empty for all. One that no row has is an error.
  std::vector<std::string> sources = {};
  /// Which labels, and in which order; empty for all: in NIH's and CheXpert's own order, in
  /// alphabetical order for an index.csv. One that the folder does not know is an error.
  std::vector<std::string> labels = {};
  /// Instead: films are kUnknown for a label that the folder does not know, as long as it knows
  /// one.
  bool unknown_labels = false;
  Uncertainty uncertainty = Uncertainty::kIgnore;
  /// Of the films, for a folder that brings no split of its own: whole patients, drawn by `seed`.
  double validation_share = 0.2;
  std::uint64_t seed = 1;
  /// More missing files than this share of the rows is an error.
  double missing_tolerated = 0.05;
};

/// Reads what lies in `folder`, by the first of these that it finds:
///  index.csv             columns file, labels (pipe-separated), patient_id; optional view, split
///                        (train, val or test; the last two are validation) and dataset
///  Data_Entry_2017*.csv  NIH ChestX-ray14: images*/, optional train_val_list.txt, test_list.txt
///  train.csv             CheXpert, or train_visualCheXbert.csv where that stands; optional
///                        valid.csv
/// Fails with kIo or kMalformed, naming file and line: a table without a needed column, a film
/// listed twice, a patient in two splits, an unknown label or source, too many missing files, or no
/// film at all.
Result<Dataset> read_dataset(const std::filesystem::path& folder, const ReadOptions& options = {});

/// Whole patients held out of `films`: true for those that are. Patients are drawn in an order that
/// depends on their names and the seed alone, until `share` of the films is reached.
std::vector<bool> hold_out(const std::vector<Film>& films, double share, std::uint64_t seed);

}  // namespace veilray::dataset
