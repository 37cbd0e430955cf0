#include "dataset/csv.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray;
  auto table = dataset::CsvReader::parse(std::as_bytes(std::span(data, size)), "table");
  if (!table.ok()) return 0;
  auto& reader = table.value();
  if (reader.columns().empty()) std::abort();
  // Every row has as many fields as there are columns, and takes bytes: it ends.
  std::vector<std::string> row;
  for (std::size_t rows = 0;; ++rows) {
    if (rows > size) std::abort();
    const auto found = reader.next(row);
    if (!found.ok() || !found.value()) return 0;
    if (row.size() != reader.columns().size()) std::abort();
  }
}
