#include "ckks/encoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "math/special_fft.h"
#include "ring/basis.h"
#include "ring/convert.h"
#include "ring/crt.h"
#include "ring/transform.h"

namespace veilray::ckks {
namespace {

using Complex = std::complex<double>;

void require(bool condition, const char* message) {
  if (!condition) throw Error(ErrorCode::kInvalidArgument, message);
}

void require_encodable(const Params& params, Level level, Scale scale) {
  if (level > params.max_level()) {
    throw Error(ErrorCode::kLevelMismatch,
                "level " + std::to_string(level.value) + " is above the top of the chain");
  }
  require(std::isfinite(scale.value) && scale.value > 0, "scale: must be positive and finite");
}

/// Scaled coefficients that are all finite and below Q_level / 2.
void require_fits(const Params& params, Level level, std::span<const double> coefficients) {
  double largest = 0;
  for (const double c : coefficients) {
    require(std::isfinite(c), "a value that is not finite cannot be encoded");
    largest = std::max(largest, std::abs(c));
  }
  require(std::log2(largest + 1) < params.log_q(level) - 1,
          "value times scale does not fit the modulus of this level");
}

/// (real parts, imaginary parts) of the packed coefficients, times the scale.
std::vector<double> unpack(std::span<const Complex> packed, Scale scale) {
  std::vector<double> coefficients(2 * packed.size());
  for (std::size_t j = 0; j < packed.size(); ++j) {
    coefficients[j] = packed[j].real() * scale.value;
    coefficients[j + packed.size()] = packed[j].imag() * scale.value;
  }
  return coefficients;
}

/// Every stored word `run` times.
ring::NttPoly spread(const Plaintext& plaintext) {
  const ring::NttPoly& poly = plaintext.poly();
  ring::NttPoly full({plaintext.n(), poly.shape().chain_limbs, 0});
  for (std::uint32_t limb = 0; limb < poly.limbs(); ++limb) {
    auto out = full.limb(limb).begin();
    for (const std::uint32_t word : poly.limb(limb)) out = std::fill_n(out, plaintext.run(), word);
  }
  return full;
}

}  // namespace

struct Encoder::Tables {
  std::vector<math::SpecialFft> transforms;  // of 8, 16, ..., n/2 slots

  explicit Tables(std::uint32_t log_n) {
    for (std::uint32_t k = 4; k <= log_n; ++k) transforms.emplace_back(k);
  }
  const math::SpecialFft& of_slots(std::size_t slots) const {
    return transforms[static_cast<std::size_t>(std::bit_width(slots / kMinPeriod)) - 1];
  }
};

Encoder::Encoder(const Params& params)
    : params_(params), tables_(std::make_unique<const Tables>(params.log_n())) {}
Encoder::~Encoder() = default;

Plaintext Encoder::encode(std::span<const double> values, Level level, Scale scale) const {
  return encode(std::vector<Complex>(values.begin(), values.end()), level, scale);
}

Plaintext Encoder::encode(std::span<const Complex> values, Level level, Scale scale) const {
  return encode_slots(in_all_slots(values), level, scale);
}

std::vector<Complex> Encoder::in_all_slots(std::span<const Complex> values) const {
  require(values.size() <= params_.slots(), "more values than slots");
  std::vector<Complex> slots(params_.slots());
  std::ranges::copy(values, slots.begin());
  return slots;
}

std::optional<CoefficientPlaintext> Encoder::encode_coefficients(std::span<const double> values,
                                                                 Level level, Scale scale) const {
  require_encodable(params_, level, scale);
  auto slots = in_all_slots(std::vector<Complex>(values.begin(), values.end()));
  tables_->of_slots(slots.size()).inverse(slots);
  const auto coefficients = unpack(slots, scale);
  require_fits(params_, level, coefficients);
  double bound = 0x1p31;
  for (std::uint32_t i = 0; i <= params_.max_level().value; ++i)
    bound = std::min(bound, 2.0 * params_.basis().modulus(i).value());
  std::vector<std::int32_t> rounded;
  rounded.reserve(coefficients.size());
  for (const double coefficient : coefficients) {
    if (std::abs(coefficient) >= bound - 1) return std::nullopt;
    rounded.push_back(static_cast<std::int32_t>(std::llrint(coefficient)));
  }
  return CoefficientPlaintext(std::move(rounded), scale);
}

Plaintext Encoder::encode_slots(std::vector<Complex> slots, Level level, Scale scale) const {
  require_encodable(params_, level, scale);
  tables_->of_slots(slots.size()).inverse(slots);
  const auto coefficients = unpack(slots, scale);
  require_fits(params_, level, coefficients);

  const auto size = static_cast<std::uint32_t>(coefficients.size());
  const std::uint32_t run = params_.n() / size;
  const ring::Basis& basis = params_.basis();
  ring::NttPoly poly({size, level.limbs(), 0});
  ring::from_doubles(basis, coefficients, ring::all_limbs(poly));
  for (std::uint32_t i = 0; i < level.limbs(); ++i) {
    if (run == 1) {
      math::ntt_forward(poly.limb(i), basis.ntt(i));
    } else {
      ring::sparse_to_ntt(poly.limb(i), basis.ntt(i));
    }
  }
  return Plaintext(std::move(poly), scale, run);
}

Plaintext Encoder::encode_periodic(std::span<const double> period, Level level, Scale scale) const {
  require(std::has_single_bit(period.size()) && period.size() <= params_.slots(),
          "a period must be a power of two and at most the number of slots");
  // Too short a period is said twice; too long a one would have runs shorter than a row of 16.
  std::size_t slots = std::max<std::size_t>(period.size(), kMinPeriod);
  if (slots * 2 * math::kRow > params_.n()) slots = params_.slots();
  std::vector<Complex> values(slots);
  for (std::size_t i = 0; i < slots; ++i) values[i] = period[i % period.size()];
  return encode_slots(std::move(values), level, scale);
}

Plaintext Encoder::encode_constant(double value, Level level, Scale scale) const {
  require_encodable(params_, level, scale);
  const double coefficient = value * scale.value;
  require_fits(params_, level, {&coefficient, 1});
  ring::NttPoly poly({1, level.limbs(), 0});
  ring::from_doubles(params_.basis(), {&coefficient, 1}, ring::all_limbs(poly));
  return Plaintext(std::move(poly), scale, params_.n());
}

std::vector<Complex> Encoder::decode(const Plaintext& plaintext) const {
  require(plaintext.n() == params_.n(), "a plaintext of another ring");
  std::vector<double> coefficients(params_.n());
  ring::to_doubles(params_.basis(), ring::to_coefficients(params_.basis(), spread(plaintext)),
                   coefficients);
  std::vector<Complex> slots(params_.slots());
  for (std::size_t j = 0; j < slots.size(); ++j) {
    slots[j] = {coefficients[j] / plaintext.scale().value,
                coefficients[j + slots.size()] / plaintext.scale().value};
  }
  tables_->of_slots(slots.size()).forward(slots);
  return slots;
}

std::vector<double> Encoder::decode_real(const Plaintext& plaintext) const {
  const auto slots = decode(plaintext);
  std::vector<double> values(slots.size());
  std::ranges::transform(slots, values.begin(), [](Complex slot) { return slot.real(); });
  return values;
}

}  // namespace veilray::ckks
