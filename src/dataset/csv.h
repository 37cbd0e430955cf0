#pragma once
// Comma-separated tables (RFC 4180): quoted fields, doubled quotes, line breaks inside quotes, LF
// or CRLF. Sizes are bounded.
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace veilray::dataset {

/// Row by row through a table whose first row names the columns. Empty lines are passed over.
class CsvReader {
 public:
  /// Fails with kIo, or kMalformed for a file of more than 512 MiB, without a header, or with more
  /// than 1024 columns.
  static Result<CsvReader> open(const std::filesystem::path& path);
  /// The same for bytes at hand; `name` stands for them in messages.
  static Result<CsvReader> parse(std::span<const std::byte> bytes, std::string name);

  const std::vector<std::string>& columns() const noexcept { return columns_; }
  /// Where a column stands. Fails with kMalformed if there is none of that name.
  Result<std::size_t> needed(const std::string& column) const;
  std::optional<std::size_t> optional(const std::string& column) const;

  /// Reads the next row into `row`, as many fields as there are columns; false at the end.
  /// Fails with kMalformed, naming the line: another number of fields, a field of more than 64 KiB,
  /// a quote that is not closed.
  Result<bool> next(std::vector<std::string>& row);

  /// "FILE line 12": the row that was read last.
  std::string where() const;

 private:
  CsvReader(std::string text, std::string name);
  Result<bool> read_fields(std::vector<std::string>& row);
  Status read_field(std::string& field);
  Failure malformed(std::string what, std::string mend) const;

  std::string text_, name_;
  std::size_t at_ = 0, line_ = 1, row_line_ = 1;
  std::vector<std::string> columns_;
};

/// As a field is written: quoted where a comma, a quote or a line break stands in it.
std::string csv_field(const std::string& text);

}  // namespace veilray::dataset
