#include "plan/client_kit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "plan/images.h"
#include "plan/json_fields.h"
#include "plan/plan.h"

namespace veilray::plan {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::uint64_t kMaxKitBytes = 4 << 20;
constexpr int kFormat = 2;
constexpr const char* kWhere = "client kit";
constexpr std::size_t kMaxRotations = 16384;

Failure malformed_kit(std::string what) {
  return {ErrorCode::kMalformed, std::move(what), kWhere,
          "get the kit again from the model's vendor"};
}

Result<ModelId> parse_id(const std::string& hex) {
  ModelId id{};
  if (hex.size() != 2 * id.size())
    return malformed_kit("the model id is not 32 hexadecimal digits");
  for (std::size_t i = 0; i < id.size(); ++i) {
    unsigned value = 0;
    const char* at = hex.data() + 2 * i;
    const auto [end, error] = std::from_chars(at, at + 2, value, 16);
    if (error != std::errc{} || end != at + 2)
      return malformed_kit("the model id is not 32 hexadecimal digits");
    id[i] = static_cast<std::byte>(value);
  }
  return id;
}

OrderedJson readings_json(const std::vector<graph::Reading>& readings) {
  OrderedJson list = OrderedJson::array();
  for (const auto& r : readings)
    list.push_back({{"a", r.a}, {"b", r.b}, {"threshold", r.threshold}});
  return list;
}

/// A kit of one image has no such field: kits are known by these bytes, and older ones had none.
void add_images(OrderedJson& json, std::uint32_t images) {
  if (images > 1) json["images"] = images;
}

OrderedJson body(const ClientKit& kit) {
  OrderedJson rotations = OrderedJson::array();
  for (const auto& r : kit.rotations)
    rotations.push_back({{"step", r.step}, {"level", r.level.value}});
  OrderedJson json{{"format", kFormat},
                   {"name", kit.name},
                   {"version", kit.version},
                   {"id", to_hex(kit.id)},
                   {"trained", kit.trained},
                   {"labels", kit.labels},
                   {"outputs", kit.outputs},
                   {"readings", readings_json(kit.readings)},
                   {"latent", kit.latent == LatentKind::kRaw ? "raw" : "quantised"},
                   {"params",
                    {{"log_n", kit.params.log_n},
                     {"chain_primes", kit.params.chain_primes},
                     {"special_primes", kit.params.special_primes},
                     {"chain_prime_bits", kit.params.chain_prime_bits}}},
                   {"input", kit.input.text()},
                   {"input_scale", kit.input_scale},
                   {"relinearization_level", kit.relinearization.value},
                   {"rotations", std::move(rotations)}};
  add_images(json, kit.images);
  return json;
}

/// A name that is not UTF-8 is mended, and always in the same way.
std::string text_of(const OrderedJson& json, int indent) {
  return json.dump(indent, ' ', false, OrderedJson::error_handler_t::replace);
}

Status check_ranges(const ClientKit& kit) {
  if (kit.outputs < 1 || kit.outputs > kMaxOutputs)
    return malformed_kit("an impossible number of outputs");
  if (!kit.labels.empty() && kit.labels.size() != static_cast<std::size_t>(kit.outputs))
    return malformed_kit("there are not as many labels as outputs");
  if (!kit.readings.empty() && kit.readings.size() != static_cast<std::size_t>(kit.outputs))
    return malformed_kit("there are not as many readings as outputs");
  if (!std::all_of(kit.readings.begin(), kit.readings.end(), graph::is_sane))
    return malformed_kit("an impossible reading");
  if (kit.input.log_slots() + 1 != kit.params.log_n)
    return malformed_kit("the input layout belongs to another ring degree");
  if (!is_image_count(kit.images) || kit.input.shape()[0] % kit.images != 0)
    return malformed_kit("an impossible number of images");
  // An answer is one ciphertext with a logit in each of its first slots.
  if (static_cast<std::size_t>(kit.outputs) * kit.images > kit.input.slots())
    return malformed_kit("more outputs than an answer has slots");
  if (!(kit.input_scale > 1) || !(kit.input_scale < 0x1p60))
    return malformed_kit("an impossible input scale");
  if (kit.rotations.size() > kMaxRotations) return malformed_kit("too many rotations");
  if (kit.relinearization.value >= kit.params.chain_primes)
    return malformed_kit("a level beyond the modulus chain");
  for (std::size_t i = 0; i < kit.rotations.size(); ++i) {
    const auto& r = kit.rotations[i];
    const bool ascending = i == 0 || kit.rotations[i - 1].step < r.step;
    if (r.step == 0 || r.step >= kit.input.slots() || r.level.value >= kit.params.chain_primes ||
        !ascending)
      return malformed_kit("an impossible rotation");
  }
  return Done{};
}

/// Throws what nlohmann throws for a field that is missing or of another type.
Result<ClientKit> from_json(const OrderedJson& json) {
  if (whole<int>(json.at("format")) != kFormat)
    return malformed_kit("a kit of another format version");
  ClientKit kit;
  kit.name = json.at("name").get<std::string>();
  kit.version = json.at("version").get<std::string>();
  VEILRAY_TRY(id, parse_id(json.at("id").get<std::string>()));
  kit.id = id;
  kit.trained = json.at("trained").get<bool>();
  kit.labels = json.at("labels").get<std::vector<std::string>>();
  kit.outputs = whole<std::int64_t>(json.at("outputs"));
  if (json.contains("images")) kit.images = whole<std::uint32_t>(json.at("images"));
  for (const OrderedJson& r : json.at("readings"))
    kit.readings.push_back(
        {r.at("a").get<double>(), r.at("b").get<double>(), r.at("threshold").get<double>()});
  const auto latent = json.at("latent").get<std::string>();
  if (latent != "raw" && latent != "quantised")
    return malformed_kit("the latent is neither raw nor quantised");
  kit.latent = latent == "raw" ? LatentKind::kRaw : LatentKind::kQuantised;
  const OrderedJson& params = json.at("params");
  kit.params = {whole<std::uint32_t>(params.at("log_n")),
                whole<std::uint32_t>(params.at("chain_primes")),
                whole<std::uint32_t>(params.at("special_primes")),
                whole<std::uint32_t>(params.at("chain_prime_bits"))};
  VEILRAY_TRY(input, Layout::parse(json.at("input").get<std::string>()));
  kit.input = std::move(input);
  kit.input_scale = json.at("input_scale").get<double>();
  kit.relinearization = {whole<std::uint32_t>(json.at("relinearization_level"))};
  for (const OrderedJson& r : json.at("rotations"))
    kit.rotations.push_back(
        {whole<std::uint32_t>(r.at("step")), {whole<std::uint32_t>(r.at("level"))}});
  VEILRAY_CHECK_OK(check_ranges(kit));
  return kit;
}

}  // namespace

tensor::Shape ClientKit::latent_shape() const {
  tensor::Shape shape = input.shape();
  shape[0] /= images;
  return shape;
}

Sha256 ClientKit::fingerprint() const {
  const std::string canonical = text_of(body(*this), -1);
  return sha256(as_bytes(canonical));
}

std::string to_json(const ClientKit& kit) { return text_of(body(kit), 2) + "\n"; }

Result<ClientKit> parse_client_kit(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const OrderedJson json = OrderedJson::parse(text, nullptr, false);
  if (json.is_discarded()) return malformed_kit("not JSON");
  try {
    return from_json(json);
  } catch (const OrderedJson::exception&) {
    return malformed_kit("a field is missing or of the wrong type");
  }
}

Result<ClientKit> load_client_kit(const std::filesystem::path& folder) {
  VEILRAY_TRY(bytes, read_file(folder / "kit.json", kMaxKitBytes));
  auto kit = parse_client_kit(bytes);
  if (!kit.ok())
    return Failure{kit.failure().code, kit.failure().what, (folder / "kit.json").string(),
                   kit.failure().mend};
  return kit;
}

}  // namespace veilray::plan
