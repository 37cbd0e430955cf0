#include "dataset/probabilities.h"

#include <fmt/format.h>

#include <charconv>

#include "base/one_line.h"
#include "dataset/csv.h"

namespace veilray::dataset {
namespace {

constexpr std::string_view kPrefix = "prob_";

Result<double> parse_probability(const std::string& text, const std::string& where) {
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1))
    return Failure{ErrorCode::kMalformed, "no probability: `" + one_line(text) + "`", where,
                   "it is a number from 0 to 1"};
  return value;
}

}  // namespace

Result<Probabilities> Probabilities::read(const std::filesystem::path& path) {
  VEILRAY_TRY(csv, CsvReader::open(path));
  Probabilities table;
  for (std::size_t i = 1; i < csv.columns().size(); ++i) {
    const auto& name = csv.columns()[i];
    table.labels_.push_back(name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name);
  }
  if (table.labels_.empty())
    return Failure{ErrorCode::kMalformed, "no column of a label", path.string(),
                   "after the films' names come columns of probabilities"};
  std::vector<std::string> row;
  while (true) {
    VEILRAY_TRY(more, csv.next(row));
    if (!more) return table;
    std::vector<double> values;
    for (std::size_t i = 1; i < row.size(); ++i) {
      VEILRAY_TRY(value, parse_probability(row[i], csv.where()));
      values.push_back(value);
    }
    if (!table.rows_.emplace(std::filesystem::path(row[0]).stem().string(), std::move(values))
             .second)
      return Failure{ErrorCode::kMalformed, one_line(row[0]) + " is listed twice", csv.where(),
                     "keep one row"};
  }
}

std::span<const double> Probabilities::find(const std::filesystem::path& film) const {
  const auto found = rows_.find(film.stem().string());
  return found == rows_.end() ? std::span<const double>{} : std::span<const double>(found->second);
}

std::string write_probabilities(const std::vector<std::string>& labels,
                                const std::vector<std::filesystem::path>& films,
                                std::span<const double> values) {
  std::string table = "film";
  for (const auto& label : labels) table += "," + csv_field(std::string(kPrefix) + label);
  auto value = values.begin();
  for (const auto& film : films) {
    table += "\n" + csv_field(film.filename().string());
    for (std::size_t i = 0; i < labels.size(); ++i) table += fmt::format(",{:.6f}", *value++);
  }
  return table + "\n";
}

}  // namespace veilray::dataset
