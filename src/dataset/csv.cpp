#include "dataset/csv.h"

#include <algorithm>

#include "base/file.h"
#include "base/one_line.h"

namespace veilray::dataset {
namespace {

constexpr std::uint64_t kMaxFileBytes = 512ULL << 20;
constexpr std::size_t kMaxColumns = 1024;
constexpr std::size_t kMaxFieldBytes = 64 << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::string text, std::string name)
    : text_(std::move(text)), name_(std::move(name)) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

Result<CsvReader> CsvReader::open(const std::filesystem::path& path) {
  VEILRAY_TRY(bytes, read_file(path, kMaxFileBytes));
  return parse(bytes, path.string());
}

Result<CsvReader> CsvReader::parse(std::span<const std::byte> bytes, std::string name) {
  CsvReader reader({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, std::move(name));
  std::vector<std::string> header;
  VEILRAY_TRY(found, reader.read_fields(header));
  if (!found) return reader.malformed("an empty table", "the first line names the columns");
  reader.columns_ = std::move(header);
  return reader;
}

std::optional<std::size_t> CsvReader::optional(const std::string& column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

Result<std::size_t> CsvReader::needed(const std::string& column) const {
  if (const auto found = optional(column)) return *found;
  return Failure{ErrorCode::kMalformed, "no column `" + column + "`", name_,
                 "the first line names the columns"};
}

Result<bool> CsvReader::next(std::vector<std::string>& row) {
  VEILRAY_TRY(found, read_fields(row));
  if (found && row.size() != columns_.size()) {
    return malformed("a row of " + std::to_string(row.size()) + " fields",
                     "there are " + std::to_string(columns_.size()) + " columns");
  }
  return found;
}

std::string CsvReader::where() const { return name_ + " line " + std::to_string(row_line_); }

Failure CsvReader::malformed(std::string what, std::string mend) const {
  return {ErrorCode::kMalformed, std::move(what), where(), std::move(mend)};
}

Result<bool> CsvReader::read_fields(std::vector<std::string>& row) {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) {
    if (text_[at_++] == '\n') ++line_;
  }
  row_line_ = line_;
  row.clear();
  if (at_ >= text_.size()) return false;
  while (true) {
    if (row.size() == kMaxColumns) {
      return malformed("more than " + std::to_string(kMaxColumns) + " fields in a row",
                       "is this a CSV table?");
    }
    VEILRAY_CHECK_OK(read_field(row.emplace_back()));
    if (at_ >= text_.size()) return true;
    const char end = text_[at_++];
    if (end == ',') continue;
    if (end == '\n') ++line_;
    return true;
  }
}

/// Leaves at_ on the comma or line break after the field, or at the end.
Status CsvReader::read_field(std::string& field) {
  if (at_ < text_.size() && text_[at_] == '"') {
    ++at_;
    while (true) {
      if (at_ >= text_.size()) return malformed("a quote that is not closed", "close it");
      const char c = text_[at_++];
      if (c == '"') {
        if (at_ >= text_.size() || text_[at_] != '"') break;
        ++at_;
      }
      if (c == '\n') ++line_;
      field += c;
      if (field.size() > kMaxFieldBytes) return malformed("a field too long", "close its quote");
    }
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n')
      return malformed("text after a closing quote", "double the quotes inside a field");
    return Done{};
  }
  const auto end = std::min(text_.find_first_of(",\n", at_), text_.size());
  if (end - at_ > kMaxFieldBytes) return malformed("a field too long", "is this a CSV table?");
  field = text_.substr(at_, end - at_);
  if (field.ends_with('\r')) field.pop_back();
  at_ = end;
  return Done{};
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace veilray::dataset
