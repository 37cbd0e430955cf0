#pragma once
// The course of a training as a picture.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace veilray::train {

/// Columns of a log that share a pair of axes.
struct Panel {
  std::string_view title;
  std::vector<std::string_view> columns;  // one to four, as the log's head names them
};

/// An SVG with the panels one below the other, each column as a line over the log's first column.
/// `log` is CSV with a head; a field that is no number is a gap, and a log of a single row gives
/// points. No column stands in two panels. Fails with kMalformed for a log that is no table or
/// lacks a column.
Result<std::string> plot_log(std::string_view log, std::span<const Panel> panels);

}  // namespace veilray::train
