#include "vision/vqgan/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/file.h"

namespace veilray::vision::vqgan {
namespace {

using nlohmann::json;
using Json = nlohmann::ordered_json;  // keys in the public order when written

constexpr std::uint64_t kMaxConfigBytes = std::uint64_t{64} << 10;
constexpr std::int64_t kGroups = 32;
constexpr std::int64_t kMostChannels = 2048;

Failure refuse(const std::string& what, const std::string& mend) {
  return {ErrorCode::kInvalidArgument, what, "VQGAN config", mend};
}

Status check_range(const std::string& name, std::int64_t value, std::int64_t least,
                   std::int64_t most) {
  if (value >= least && value <= most) return Done{};
  return refuse(name + " is " + std::to_string(value),
                "give a number from " + std::to_string(least) + " to " + std::to_string(most));
}

Status check_levels(const Config& config) {
  const auto levels = config.ch_mult.size();
  if (levels < 2 || levels > 6) {
    return refuse("ch_mult has " + std::to_string(levels) + " entries",
                  "give 2 to 6, for a factor of 2, 4, 8, 16 or 32");
  }
  for (const std::int64_t multiple : config.ch_mult) {
    VEILRAY_CHECK_OK(check_range("an entry of ch_mult", multiple, 1, 16));
    if (config.ch * multiple > kMostChannels) {
      return refuse("ch times an entry of ch_mult is " + std::to_string(config.ch * multiple),
                    "keep it at most " + std::to_string(kMostChannels));
    }
  }
  if (config.resolution % config.factor() != 0) {
    return refuse("resolution " + std::to_string(config.resolution) + " is not a multiple of " +
                      std::to_string(config.factor()),
                  "each entry of ch_mult after the first halves it");
  }
  return Done{};
}

// Reads one JSON object; the first failure stays.
class Fields {
 public:
  Fields(const json& object, std::string prefix) : object_(object), prefix_(std::move(prefix)) {}

  void read(const char* key, std::int64_t& to) {
    if (const json* value = find(key)) read_integer(*value, key, to);
  }

  void read(const char* key, std::vector<std::int64_t>& to) {
    const json* value = find(key);
    if (value == nullptr) return;
    if (!value->is_array() || value->size() > 32) {
      return fail(std::string(key) + " is not a list of at most 32 integers");
    }
    to.assign(value->size(), 0);
    for (std::size_t i = 0; i < to.size(); ++i) read_integer((*value)[i], key, to[i]);
  }

  void read(const char* key, double& to) {
    const json* value = find(key);
    if (value == nullptr) return;
    if (!value->is_number()) return fail(std::string(key) + " is not a number");
    to = value->get<double>();
  }

  void read(const char* key, bool& to) {
    const json* value = find(key);
    if (value == nullptr) return;
    if (!value->is_boolean()) return fail(std::string(key) + " is not true or false");
    to = value->get<bool>();
  }

  bool has(const char* key) const { return object_.contains(key); }
  void fail(const std::string& what) {
    if (!failure_) {
      failure_ = Failure{ErrorCode::kMalformed, prefix_ + what, "VQGAN config",
                         "use the public keys of taming-transformers"};
    }
  }
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  const json* find(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end()) return &*found;
    fail(std::string("there is no ") + key);
    return nullptr;
  }

  void read_integer(const json& value, const char* key, std::int64_t& to) {
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
    if (!fits) return fail(std::string(key) + " is not an integer");
    to = value.get<std::int64_t>();
  }

  const json& object_;
  std::string prefix_;
  std::optional<Failure> failure_;
};

Status read_ddconfig(const json& object, Config& config) {
  Fields fields(object, "ddconfig: ");
  bool double_z = false;
  bool resamp_with_conv = true;
  fields.read("double_z", double_z);
  fields.read("z_channels", config.z_channels);
  fields.read("resolution", config.resolution);
  fields.read("in_channels", config.in_channels);
  fields.read("out_ch", config.out_channels);
  fields.read("ch", config.ch);
  fields.read("ch_mult", config.ch_mult);
  fields.read("num_res_blocks", config.num_res_blocks);
  fields.read("attn_resolutions", config.attn_resolutions);
  config.dropout = 0.0;
  if (fields.has("dropout")) fields.read("dropout", config.dropout);
  if (fields.has("resamp_with_conv")) fields.read("resamp_with_conv", resamp_with_conv);

  constexpr std::array kKnown = {
      "double_z", "z_channels",     "resolution",       "in_channels", "out_ch",          "ch",
      "ch_mult",  "num_res_blocks", "attn_resolutions", "dropout",     "resamp_with_conv"};
  for (const auto& [key, value] : object.items()) {
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) {
      // The cut may fall within a character.
      constexpr auto kMend = json::error_handler_t::replace;
      fields.fail("unknown key " + json(key.substr(0, 64)).dump(-1, ' ', true, kMend));
    }
  }
  if (fields.failure()) return *fields.failure();
  if (double_z || !resamp_with_conv) {
    return Failure{ErrorCode::kUnsupported,
                   double_z ? "double_z is true" : "resamp_with_conv is false", "VQGAN config",
                   "only the VQGAN of NETWORKS.md can be run"};
  }
  return Done{};
}

}  // namespace

Config published_config(std::int64_t factor, std::int64_t ch) {
  Config config;
  config.ch = ch;
  switch (factor) {
    case 2:
      config.z_channels = 2, config.ch_mult = {1, 2};
      break;
    case 4:
      config.z_channels = 3, config.ch_mult = {1, 2, 4};
      break;
    case 8:
      config.z_channels = 4, config.ch_mult = {1, 2, 2, 4};
      break;
    case 16:
      config.z_channels = 8, config.ch_mult = {1, 1, 2, 2, 4};
      break;
    default:
      throw Error(ErrorCode::kInvalidArgument,
                  "no VQGAN of factor " + std::to_string(factor) + " was published");
  }
  return config;
}

Status check_config(const Config& config) {
  VEILRAY_CHECK_OK(check_range("z_channels", config.z_channels, 1, 64));
  VEILRAY_CHECK_OK(check_range("resolution", config.resolution, 32, 1024));
  VEILRAY_CHECK_OK(check_range("in_channels", config.in_channels, 3, 3));
  VEILRAY_CHECK_OK(check_range("out_ch", config.out_channels, 3, 3));
  VEILRAY_CHECK_OK(check_range("ch", config.ch, kGroups, 512));
  if (config.ch % kGroups != 0) {
    return refuse("ch is " + std::to_string(config.ch),
                  "give a multiple of 32: GroupNorm has 32 groups");
  }
  VEILRAY_CHECK_OK(check_levels(config));
  VEILRAY_CHECK_OK(check_range("num_res_blocks", config.num_res_blocks, 1, 8));
  if (config.attn_resolutions.size() > 32) {
    return refuse("attn_resolutions has more than 32 entries", "list the levels once");
  }
  for (const std::int64_t size : config.attn_resolutions) {
    VEILRAY_CHECK_OK(check_range("an entry of attn_resolutions", size, 1, 1024));
  }
  if (!(config.dropout >= 0.0 && config.dropout < 1.0)) {
    return refuse("dropout is out of range", "give a number from 0 up to, but not including, 1");
  }
  VEILRAY_CHECK_OK(check_range("n_embed", config.n_embed, 1, 65536));
  return check_range("embed_dim", config.embed_dim, 1, 2048);
}

Result<Config> parse_config(std::string_view text) {
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains("ddconfig") ||
      !document["ddconfig"].is_object()) {
    return Failure{ErrorCode::kMalformed, "not a JSON object with ddconfig", "VQGAN config",
                   "give the model's config.json"};
  }
  Config config;
  VEILRAY_CHECK_OK(read_ddconfig(document["ddconfig"], config));
  Fields fields(document, "");
  fields.read("n_embed", config.n_embed);
  fields.read("embed_dim", config.embed_dim);
  if (fields.failure()) return *fields.failure();
  VEILRAY_CHECK_OK(check_config(config));
  return config;
}

std::string write_config(const Config& config) {
  const Json document = {{"ddconfig",
                          {{"double_z", false},
                           {"z_channels", config.z_channels},
                           {"resolution", config.resolution},
                           {"in_channels", config.in_channels},
                           {"out_ch", config.out_channels},
                           {"ch", config.ch},
                           {"ch_mult", config.ch_mult},
                           {"num_res_blocks", config.num_res_blocks},
                           {"attn_resolutions", config.attn_resolutions},
                           {"dropout", config.dropout}}},
                         {"n_embed", config.n_embed},
                         {"embed_dim", config.embed_dim}};
  return document.dump(2) + "\n";
}

Result<Config> load_config(const std::filesystem::path& path) {
  VEILRAY_TRY(bytes, read_file(path, kMaxConfigBytes));
  auto config = parse_config({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (config.ok()) return config;
  Failure failure = std::move(config).failure();
  failure.where = path.string();
  return failure;
}

}  // namespace veilray::vision::vqgan
