#include "plan/cost.h"

#include <algorithm>
#include <cmath>

#include "ckks/repeated_matrix.h"

namespace veilray::plan {
namespace {

/// Conversions of a residue number system, in passes of products. Before it, each limb is scaled
/// and its share of the quotient counted; then each new limb is a sum over the old ones and that
/// quotient, by constants, which is cheaper than by a second polynomial.
double conversion_passes(double from, double to) { return 3 * from + 0.75 * to * (from + 1); }

std::uint32_t nonzero(const std::vector<std::uint32_t>& steps) {
  return static_cast<std::uint32_t>(
      std::count_if(steps.begin(), steps.end(), [](auto s) { return s != 0; }));
}

}  // namespace

CostModel::CostModel(const ckks::ParamsSpec& params, const UnitTimes& units, const Prices& prices)
    : params_(params), prices_(prices) {
  const double size = std::ldexp(1.0, static_cast<int>(params.log_n) - UnitTimes::kLogN);
  ntt_ms_ = units.ntt_us * 1e-3 * size * params.log_n / UnitTimes::kLogN;
  multiply_ms_ = units.multiply_us * 1e-3 * size;
  read_key_ms_ = units.key_us * 1e-3 * size;
  touch_ms_ = units.touch_us * 1e-3 * size;
  stream_ms_ = units.stream_us * 1e-3 * size;
  repeated_ms_ = units.repeated_us * 1e-3 * size;
  switch_factor_ = units.switch_factor;
}

double CostModel::digit_limbs(ckks::Level level) const {
  return static_cast<double>(params_.dnum(level)) * (level.limbs() + params_.special_primes);
}

double CostModel::raise_ms(ckks::Level level) const {
  const double limbs = level.limbs(), digits = params_.dnum(level);
  // Out of the NTT domain, raise every digit to the limbs it lacks, back into the NTT domain.
  const double raised = digit_limbs(level) - limbs;
  return touch_ms(limbs) + transforms_ms(limbs + raised) +
         passes_ms(digits * conversion_passes(limbs / digits, raised / digits));
}

double CostModel::switch_ms(ckks::Level level) const {
  return read_key_ms_ * 2 * digit_limbs(level);
}

double CostModel::divide_ms(ckks::Level level) const {
  const double limbs = level.limbs(), special = params_.special_primes;
  return transforms_ms(2 * (special + limbs)) +
         passes_ms(2 * (conversion_passes(special, limbs) + limbs));
}

double CostModel::hoist_ms(ckks::Level level) const {
  return switch_factor_ * (raise_ms(level) + touch_ms(digit_limbs(level)));
}

double CostModel::rotate_hoisted_ms(ckks::Level level) const {
  // The digits, c_0, and the result.
  return switch_factor_ * (touch_ms(digit_limbs(level) + 3.0 * level.limbs()) + switch_ms(level) +
                           divide_ms(level) + passes_ms(2.0 * level.limbs()));
}

double CostModel::rotate_onto_ms(ckks::Level level) const {
  const double limbs = level.limbs(), extended = limbs + params_.special_primes;
  // c_0, and both halves of the sum, there and back.
  return switch_factor_ * (raise_ms(level) + switch_ms(level) + touch_ms(limbs + 4 * extended) +
                           passes_ms(2 * extended));
}

double CostModel::mod_down_ms(ckks::Level level) const {
  const double limbs = level.limbs();
  return switch_factor_ *
         (touch_ms(2 * (limbs + params_.special_primes) + 2 * limbs) + divide_ms(level));
}

double CostModel::relinearize_ms(ckks::Level level) const {
  return switch_factor_ *
         (raise_ms(level) + switch_ms(level) + divide_ms(level) + touch_ms(4.0 * level.limbs()));
}

double CostModel::rescale_ms(ckks::Level level) const {
  // Copied, then divided in place.
  return touch_ms(8.0 * level.limbs()) + transforms_ms(2 * (1.0 + level.value)) +
         passes_ms(2 * level.value);
}

double CostModel::square_ms(ckks::Level level) const {
  return touch_ms(2.0 * level.limbs()) + passes_ms(3 * level.limbs());
}

double CostModel::product_ms(ckks::Level level, std::uint32_t period) const {
  if (ckks::RepeatedMatrix::pays(1U << (params_.log_n - 1), period))
    return repeated_ms_ * level.limbs();
  // In so large a ring other weights find no room beside the keys, and are transformed at every
  // use.
  constexpr std::uint32_t kTransformedLogN = 16;
  const bool kept = params_.log_n < kTransformedLogN;
  return (stream_ms_ + (kept ? 0.0 : ntt_ms_)) * level.limbs();
}

std::uint64_t CostModel::key_bytes(ckks::Level level) const {
  const std::uint64_t residues =
      std::uint64_t{params_.dnum(level)} * (level.limbs() + params_.special_primes)
      << params_.log_n;
  return residues * 30 / 8;
}

double CostModel::layer_price(const SplitCost& counts, std::uint32_t period,
                              ckks::Level level) const {
  return counts.hoists * hoist_ms(level) + counts.babies * rotate_hoisted_ms(level) +
         counts.giants * rotate_onto_ms(level) + counts.sums * mod_down_ms(level) +
         counts.products * product_ms(level, period) +
         counts.keys * prices_.keyed_share * key_ms(level);
}

double CostModel::products_ms(const Program& program, const Step& step) const {
  const auto& products = std::get<op::ProductSums>(step.operation);
  const LinearLayer& layer = program.layers[products.layer];
  const ckks::Level level = program.type(products.inputs.front()).level;
  const double ciphertexts = static_cast<double>(products.inputs.size()) + step.results;
  return static_cast<double>(layer.terms.size()) * product_ms(level, layer.matrix.weight_period()) +
         touch_ms(2 * level.limbs() * ciphertexts);
}

double CostModel::step_ms(const Program& program, const Step& step) const {
  const auto ids = operands(step.operation);
  const ckks::Level level = program.type(ids.empty() ? step.first : ids.front()).level;
  const double limbs = 2.0 * level.limbs();
  if (std::holds_alternative<op::Input>(step.operation)) return 0.0;
  if (std::holds_alternative<op::Hoist>(step.operation)) return hoist_ms(level);
  if (std::holds_alternative<op::RotateHoisted>(step.operation)) return rotate_hoisted_ms(level);
  if (std::holds_alternative<op::Relinearize>(step.operation)) return relinearize_ms(level);
  if (std::holds_alternative<op::Rescale>(step.operation)) return rescale_ms(level);
  if (std::holds_alternative<op::Multiply>(step.operation))
    return touch_ms(3.5 * limbs) + passes_ms(2 * limbs);
  if (std::holds_alternative<op::SumOfSquares>(step.operation))
    return static_cast<double>(ids.size()) * square_ms(level) + touch_ms(1.5 * limbs);
  if (const auto* sum = std::get_if<op::RotateSum>(&step.operation))
    return nonzero(sum->steps) * rotate_onto_ms(level) + mod_down_ms(level);
  if (std::holds_alternative<op::ProductSums>(step.operation)) return products_ms(program, step);
  // Copied, and each further operand added while that is in cache.
  return touch_ms(1.5 * limbs * (1.0 + static_cast<double>(ids.size())));
}

double CostModel::program_ms(const Program& program) const {
  double total = 0;
  for (const Step& step : program.steps) total += step_ms(program, step);
  return total;
}

OperationCounts count_operations(const Program& program) {
  OperationCounts counts;
  for (const Step& step : program.steps) {
    if (std::holds_alternative<op::Hoist>(step.operation)) ++counts.hoists;
    if (std::holds_alternative<op::RotateHoisted>(step.operation)) ++counts.hoisted_rotations;
    if (std::holds_alternative<op::Relinearize>(step.operation)) ++counts.relinearizations;
    if (std::holds_alternative<op::Rescale>(step.operation)) ++counts.rescales;
    if (const auto* sum = std::get_if<op::RotateSum>(&step.operation))
      counts.rotations += nonzero(sum->steps);
    if (const auto* products = std::get_if<op::ProductSums>(&step.operation))
      counts.products += static_cast<std::uint32_t>(program.layers[products->layer].terms.size());
  }
  return counts;
}

}  // namespace veilray::plan
