#include "train/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "base/file.h"
#include "dataset/csv.h"

namespace veilray::train {
namespace {

constexpr double kWidth = 640, kHeight = 180, kLeft = 64, kRight = 16, kTop = 28, kBottom = 24;
constexpr int kTicks = 4;
// Told apart by people who do not see every colour, too (Okabe and Ito).
constexpr std::array<const char*, 4> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

using Series = std::vector<double>;

double number(std::string_view field) {
  double value = 0;
  const auto read = std::from_chars(field.data(), field.data() + field.size(), value);
  const bool whole = read.ec == std::errc() && read.ptr == field.data() + field.size();
  return whole ? value : std::numeric_limits<double>::quiet_NaN();
}

/// The log, column by column.
struct Table {
  std::string first_name;
  Series first;
  std::map<std::string_view, Series> columns;  // those that the panels ask for
};

Result<Table> read_table(std::string_view log, std::span<const Panel> panels) {
  VEILRAY_TRY(csv, dataset::CsvReader::parse(as_bytes(log), "the training's log"));
  std::vector<std::pair<Series*, std::size_t>> wanted;  // where each column goes, and where it is
  Table table{csv.columns().front(), {}, {}};
  wanted.emplace_back(&table.first, 0);
  for (const auto& panel : panels) {
    for (const auto name : panel.columns) {
      VEILRAY_TRY(at, csv.needed(std::string(name)));
      wanted.emplace_back(&table.columns[name], at);
    }
  }
  std::vector<std::string> row;
  while (true) {
    VEILRAY_TRY(more, csv.next(row));
    if (!more) break;
    for (const auto& [series, at] : wanted) series->push_back(number(row[at]));
  }
  return table;
}

/// Values to pixels along one axis.
struct Axis {
  double low, high, from, to;
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

/// Wide enough for every value; a single value gets some room to either side.
Axis fit(const std::vector<const Series*>& all, double from, double to) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto* series : all) {
    for (const double value : *series) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (!(low <= high)) low = 0, high = 1;
  if (low == high) {
    const double room = std::max(std::abs(low) * 0.01, 1e-3);
    low -= room, high += room;
  }
  return {low, high, from, to};
}

std::string grid(const Axis& x, const Axis& y) {
  std::string svg;
  for (int i = 0; i <= kTicks; ++i) {
    const double part = static_cast<double>(i) / kTicks;
    const double right = x.low + part * (x.high - x.low), up = y.low + part * (y.high - y.low);
    svg += fmt::format(
        "<path d=\"M{0:.1f} {1:.1f}H{2:.1f}\" stroke=\"#ddd\"/>"
        "<text x=\"{3:.1f}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:.4g}</text>\n",
        x.from, y.at(up), x.to, x.from - 6, y.at(up) + 4, up);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:.4g}</text>\n",
                       x.at(right), y.from + 16, right);
  }
  return svg;
}

std::string line(const Series& along, const Series& values, const Axis& x, const Axis& y,
                 const char* colour) {
  std::string path, points;
  bool drawing = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]) || !std::isfinite(along[i])) {
      drawing = false;
      continue;
    }
    path += fmt::format("{}{:.1f} {:.1f}", drawing ? 'L' : 'M', x.at(along[i]), y.at(values[i]));
    points += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\" fill=\"{}\"/>",
                          x.at(along[i]), y.at(values[i]), colour);
    drawing = true;
  }
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>{}\n", path,
                     colour, points);
}

std::string draw(const Panel& panel, const Table& table, double top) {
  std::vector<const Series*> all;
  for (const auto name : panel.columns) all.push_back(&table.columns.at(name));
  const auto x = fit({&table.first}, kLeft, kWidth - kRight);
  const auto y = fit(all, top + kHeight - kBottom, top + kTop);
  std::string svg = fmt::format("<text x=\"{}\" y=\"{:.1f}\" font-weight=\"bold\">{}</text>\n",
                                kLeft, top + 16, panel.title) +
                    grid(x, y);
  double right = kWidth - kRight;
  for (std::size_t i = all.size(); i-- > 0;) {
    const auto* colour = kColours.at(i);
    svg += line(table.first, *all[i], x, y, colour);
    svg +=
        fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\" fill=\"{}\">{}</text>\n",
                    right, top + 16, colour, panel.columns[i]);
    right -= 8.0 * static_cast<double>(panel.columns[i].size()) + 12.0;
  }
  return svg;
}

}  // namespace

Result<std::string> plot_log(std::string_view log, std::span<const Panel> panels) {
  VEILRAY_TRY(table, read_table(log, panels));
  const double height = kHeight * static_cast<double>(panels.size()) + 20;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
      kWidth, height);
  double top = 0;
  for (const auto& panel : panels) {
    svg += draw(panel, table, top);
    top += kHeight;
  }
  svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n</svg>\n",
                     kWidth - kRight, height - 6, table.first_name);
  return svg;
}

}  // namespace veilray::train
