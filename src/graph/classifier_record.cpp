#include "graph/classifier_record.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/one_line.h"

namespace veilray::graph {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxRecordBytes = 4 << 20;
constexpr std::size_t kMaxLabels = 4096;
constexpr std::size_t kMaxRanges = 4096;
constexpr int kFormat = 1;

/// What is wrong with a record; becomes a Failure where bytes were read.
struct Wrong {
  std::string what;
};

void require(bool holds, const std::string& what) {
  if (!holds) throw Wrong{what};
}

// Writing.

Json optional_number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json interval(const std::optional<ConfidenceInterval>& ci) {
  return ci ? Json::array({ci->first, ci->second}) : Json();
}

Json write_metrics(const ClassifierRecord& record) {
  const auto& metrics = record.metrics;
  Json labels = Json::object();
  for (std::size_t i = 0; i < metrics.labels.size(); ++i) {
    const auto& label = metrics.labels[i];
    labels[record.labels[i]] = {{"auroc", optional_number(label.auroc)},
                                {"ci", interval(label.auroc_ci)},
                                {"ap", optional_number(label.average_precision)},
                                {"f1", label.f1},
                                {"positives", label.positives}};
  }
  return {{"films",
           {{"train", metrics.train_films},
            {"selection", metrics.selection_films},
            {"validation", metrics.validation_films}}},
          {"macro_auroc", optional_number(metrics.macro_auroc)},
          {"macro_ci", interval(metrics.macro_ci)},
          {"labels", std::move(labels)}};
}

Json write(const ClassifierRecord& record) {
  Json readings = Json::array(), ranges = Json::array();
  for (const auto& reading : record.readings)
    readings.push_back({{"a", reading.a}, {"b", reading.b}, {"threshold", reading.threshold}});
  for (const auto& range : record.ranges)
    ranges.push_back({{"name", range.name}, {"min", range.min}, {"max", range.max}});
  return {{"format", kFormat},
          {"labels", record.labels},
          {"architecture",
           {{"arch", record.architecture.name},
            {"attention", record.architecture.attention},
            {"in_channels", record.architecture.in_channels},
            {"size", record.architecture.size}}},
          {"latent", text_of(record.input)},
          {"vqgan", record.vqgan},
          {"metrics", write_metrics(record)},
          {"readings", std::move(readings)},
          {"ranges", std::move(ranges)}};
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Reading.

/// The fields of an object: each is asked for by name, and none may be left over.
class Fields {
 public:
  Fields(const Json& json, std::string name) : json_(json), name_(std::move(name)) {
    require(json.is_object(), name_ + " is no object");
  }
  const Json& at(const std::string& key) {
    require(json_.contains(key), name_ + " has no `" + key + "`");
    known_.insert(key);
    return json_[key];
  }
  double number(const std::string& key) {
    const Json& value = at(key);
    require(value.is_number(), "`" + key + "` is no number");
    const auto number = value.get<double>();
    require(std::isfinite(number), "`" + key + "` is not finite");
    return number;
  }
  std::optional<double> share(const std::string& key) {
    if (at(key).is_null()) return std::nullopt;
    const double value = number(key);
    require(value >= 0 && value <= 1, "`" + key + "` is not in [0, 1]");
    return value;
  }
  std::uint64_t whole(const std::string& key, std::uint64_t most) {
    const Json& value = at(key);
    require(value.is_number_unsigned(), "`" + key + "` is no whole number");
    const auto number = value.get<std::uint64_t>();
    require(number <= most, "`" + key + "` is too large");
    return number;
  }
  std::string text(const std::string& key) {
    const Json& value = at(key);
    require(value.is_string(), "`" + key + "` is no text");
    return value.get<std::string>();
  }
  const Json& list(const std::string& key, std::size_t most) {
    const Json& value = at(key);
    require(value.is_array(), "`" + key + "` is no list");
    require(value.size() <= most, "`" + key + "` is too long");
    return value;
  }
  std::optional<ConfidenceInterval> interval(const std::string& key) {
    const Json& value = at(key);
    if (value.is_null()) return std::nullopt;
    require(value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number(),
            "`" + key + "` is no pair of numbers");
    const ConfidenceInterval ci(value[0].get<double>(), value[1].get<double>());
    require(ci.first >= 0 && ci.first <= ci.second && ci.second <= 1,
            "`" + key + "` is no interval in [0, 1]");
    return ci;
  }
  void done() const {
    for (const auto& [key, value] : json_.items())
      require(known_.contains(key), name_ + " has an unknown `" + one_line(key) + "`");
  }

 private:
  const Json& json_;
  std::string name_;
  std::set<std::string> known_;
};

constexpr std::uint64_t kManyFilms = std::uint64_t{1} << 40;

ArchitectureSpec read_architecture(const Json& json) {
  Fields fields(json, "architecture");
  ArchitectureSpec spec{.name = fields.text("arch"),
                        .attention = fields.text("attention"),
                        .in_channels = static_cast<std::int64_t>(fields.whole("in_channels", 1024)),
                        .size = static_cast<std::int64_t>(fields.whole("size", 1024))};
  fields.done();
  return spec;
}

LabelMetrics read_label_metrics(const Json& json, const std::string& label) {
  Fields fields(json, "metrics of " + label);
  LabelMetrics metrics{.auroc = fields.share("auroc"),
                       .average_precision = fields.share("ap"),
                       .auroc_ci = fields.interval("ci"),
                       .f1 = fields.number("f1"),
                       .positives = fields.whole("positives", kManyFilms)};
  require(metrics.f1 >= 0 && metrics.f1 <= 1, "`f1` is not in [0, 1]");
  fields.done();
  return metrics;
}

ClassifierMetrics read_metrics(const Json& json, const std::vector<std::string>& labels) {
  ClassifierMetrics metrics;
  Fields fields(json, "metrics");
  Fields films(fields.at("films"), "films");
  metrics.train_films = films.whole("train", kManyFilms);
  metrics.selection_films = films.whole("selection", kManyFilms);
  metrics.validation_films = films.whole("validation", kManyFilms);
  films.done();
  metrics.macro_auroc = fields.share("macro_auroc");
  metrics.macro_ci = fields.interval("macro_ci");
  Fields of_labels(fields.at("labels"), "metrics");
  if (!fields.at("labels").empty())
    for (const auto& label : labels)
      metrics.labels.push_back(read_label_metrics(of_labels.at(label), one_line(label)));
  of_labels.done();
  fields.done();
  return metrics;
}

std::vector<std::string> read_labels(const Json& list) {
  std::vector<std::string> labels;
  for (const Json& label : list) {
    require(label.is_string(), "a label is no text");
    labels.push_back(label.get<std::string>());
  }
  const std::set<std::string> distinct(labels.begin(), labels.end());
  require(!labels.empty() && distinct.size() == labels.size() && !distinct.contains(""),
          "a label is missing, empty or stands twice");
  return labels;
}

std::vector<Reading> read_readings(const Json& list, std::size_t labels) {
  require(list.size() == labels, "there is not one reading per label");
  std::vector<Reading> readings;
  for (const Json& entry : list) {
    Fields fields(entry, "a reading");
    readings.push_back({fields.number("a"), fields.number("b"), fields.number("threshold")});
    require(is_sane(readings.back()), "a reading is out of range");
    fields.done();
  }
  return readings;
}

std::vector<ActivationRange> read_ranges(const Json& list) {
  std::vector<ActivationRange> ranges;
  for (const Json& entry : list) {
    Fields fields(entry, "a range");
    ranges.push_back({fields.text("name"), fields.number("min"), fields.number("max")});
    require(ranges.back().min <= ranges.back().max, "a range is upside down");
    fields.done();
  }
  return ranges;
}

bool is_fingerprint(const std::string& text) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.empty() || (text.size() == 64 && std::all_of(text.begin(), text.end(), hex));
}

ClassifierRecord read(const Json& json) {
  Fields fields(json, "the record");
  require(fields.whole("format", 1 << 20) == kFormat, "it has another format version");
  ClassifierRecord record;
  record.labels = read_labels(fields.list("labels", kMaxLabels));
  record.architecture = read_architecture(fields.at("architecture"));
  const auto form = input_form(fields.text("latent"));
  require(form.has_value(), "`latent` is none of raw, quantised and pixels");
  record.input = *form;
  record.vqgan = fields.text("vqgan");
  require(is_fingerprint(record.vqgan), "`vqgan` is not 64 hexadecimal digits");
  record.metrics = read_metrics(fields.at("metrics"), record.labels);
  record.readings = read_readings(fields.list("readings", kMaxLabels), record.labels.size());
  record.ranges = read_ranges(fields.list("ranges", kMaxRanges));
  fields.done();
  return record;
}

constexpr std::array kForms = {
    std::pair{InputForm::kRawLatent, std::string_view("raw")},
    std::pair{InputForm::kQuantisedLatent, std::string_view("quantised")},
    std::pair{InputForm::kPixels, std::string_view("pixels")}};

}  // namespace

std::string_view text_of(InputForm form) noexcept {
  return std::ranges::find(kForms, form, [](const auto& entry) { return entry.first; })->second;
}

std::optional<InputForm> input_form(std::string_view text) noexcept {
  const auto found =
      std::ranges::find(kForms, text, [](const auto& entry) { return entry.second; });
  return found == kForms.end() ? std::nullopt : std::optional(found->first);
}

std::string metrics_json(const ClassifierRecord& record) { return dump(write_metrics(record)); }

std::string to_json(const ClassifierRecord& record) {
  if (!record.metrics.labels.empty() && record.metrics.labels.size() != record.labels.size())
    throw Error(ErrorCode::kInvalidArgument, "metrics of as many labels as there are are needed");
  const auto text = dump(write(record));
  if (const auto read_back = parse_record(as_bytes(text)); !read_back.ok())
    throw Error(ErrorCode::kInvalidArgument, read_back.failure().line());
  return text;
}

Result<ClassifierRecord> parse_record(std::span<const std::byte> bytes) {
  const auto malformed = [](const std::string& what) {
    return Failure{ErrorCode::kMalformed, "no classifier record: " + one_line(what),
                   "classifier.json", "take the file that the trainer wrote"};
  };
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return malformed("it is no JSON");
  try {
    return read(json);
  } catch (const Wrong& wrong) {
    return malformed(wrong.what);
  }
}

Result<ClassifierRecord> load_record(const std::filesystem::path& path) {
  VEILRAY_TRY(bytes, read_file(path, kMaxRecordBytes));
  auto record = parse_record(bytes);
  if (record.ok()) return record;
  auto failure = std::move(record).failure();
  failure.where = path.string();
  return failure;
}

Status save_record(const std::filesystem::path& path, const ClassifierRecord& record,
                   const WriteOptions& options) {
  return write_file(path, as_bytes(to_json(record)), options);
}

}  // namespace veilray::graph
