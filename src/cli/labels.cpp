#include "cli/labels.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "base/file.h"

namespace veilray::cli {
namespace {

constexpr std::uint64_t kMaxLabelBytes = 1 << 20;

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find(separator, start), text.size());
    parts.push_back(trimmed(text.substr(start, end - start)));
    start = end + 1;
  }
  return parts;
}

Status check(const std::vector<std::string>& labels, const std::string& where) {
  const std::set<std::string> distinct(labels.begin(), labels.end());
  const bool sane = distinct.size() == labels.size() && !distinct.contains("");
  if (sane) return Done{};
  return Failure{ErrorCode::kUsage, "a label is empty or stands twice", where,
                 "give one name for each output"};
}

}  // namespace

Result<std::vector<std::string>> read_labels(const std::string& list_or_file) {
  std::error_code ignored;
  std::vector<std::string> labels;
  if (std::filesystem::is_regular_file(list_or_file, ignored)) {
    VEILRAY_TRY(bytes, read_file(list_or_file, kMaxLabelBytes));
    labels = split({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, '\n');
    if (!labels.empty() && labels.back().empty()) labels.pop_back();  // the last line's end
  } else {
    labels = split(list_or_file, ',');
  }
  VEILRAY_CHECK_OK(check(labels, list_or_file));
  return labels;
}

}  // namespace veilray::cli
