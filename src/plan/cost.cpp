#include "plan/cost.h"

#include <algorithm>
#include <cmath>

#include "ckks/repeated_matrix.h"

namespace veilray::plan {
namespace {

constexpr double kReferenceN = 1 << 14;
constexpr double kReferenceLogN = 14;

std::uint32_t nonzero(const std::vector<std::uint32_t>& steps) {
  return static_cast<std::uint32_t>(
      std::count_if(steps.begin(), steps.end(), [](auto s) { return s != 0; }));
}

}  // namespace

CostModel::CostModel(const ckks::ParamsSpec& params, const UnitTimes& units, const Prices& prices)
    : params_(params), prices_(prices) {
  const double size = std::ldexp(1.0, static_cast<int>(params.log_n)) / kReferenceN;
  ntt_ms_ = units.ntt_us * 1e-3 * size * params.log_n / kReferenceLogN;
  multiply_ms_ = units.multiply_us * 1e-3 * size;
  read_key_ms_ = units.key_us * 1e-3 * size;
  stream_ms_ = units.stream_us * 1e-3 * size;
  repeated_ms_ = units.repeated_us * 1e-3 * size;
}

double CostModel::hoist_ms(ckks::Level level) const {
  const double limbs = level.limbs(), special = params_.special_primes,
               digits = params_.dnum(level);
  // Out of the NTT domain, raise every digit to the limbs it lacks, back into the NTT domain.
  const double raised = digits * (limbs + special) - limbs;
  return transforms_ms(limbs + raised) + passes_ms(raised * std::min(limbs, special) * 0.5);
}

double CostModel::mod_down_ms(ckks::Level level) const {
  const double limbs = level.limbs(), special = params_.special_primes;
  return transforms_ms(2 * (special + limbs)) + passes_ms(2 * limbs * (special * 0.5 + 1));
}

double CostModel::rotate_hoisted_ms(ckks::Level level) const {
  const double limbs = level.limbs(), special = params_.special_primes,
               digits = params_.dnum(level);
  return read_key_ms_ * 2 * digits * (limbs + special) + mod_down_ms(level) + passes_ms(2 * limbs);
}

double CostModel::rescale_ms(ckks::Level level) const {
  return transforms_ms(2 * (1.0 + level.value)) + passes_ms(2 * level.value);
}

double CostModel::square_ms(ckks::Level level) const { return passes_ms(3 * level.limbs()); }

double CostModel::product_ms(ckks::Level level, std::uint32_t period) const {
  const bool repeats = (1U << (params_.log_n - 1)) / period >= ckks::RepeatedMatrix::kShortestRun;
  return (repeats ? repeated_ms_ : stream_ms_) * level.limbs();
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

double CostModel::step_ms(const Program& program, const Step& step) const {
  const auto ids = operands(step.operation);
  const ckks::Level level = program.type(ids.empty() ? step.first : ids.front()).level;
  const double passes = 2.0 * level.limbs();
  if (std::holds_alternative<op::Hoist>(step.operation)) return hoist_ms(level);
  if (std::holds_alternative<op::RotateHoisted>(step.operation)) return rotate_hoisted_ms(level);
  if (std::holds_alternative<op::Relinearize>(step.operation)) return relinearize_ms(level);
  if (std::holds_alternative<op::Rescale>(step.operation)) return rescale_ms(level);
  if (std::holds_alternative<op::Multiply>(step.operation)) return passes_ms(2 * passes);
  if (std::holds_alternative<op::SumOfSquares>(step.operation))
    return static_cast<double>(ids.size()) * square_ms(level);
  if (const auto* sum = std::get_if<op::RotateSum>(&step.operation))
    return nonzero(sum->steps) * rotate_onto_ms(level) + mod_down_ms(level);
  if (const auto* products = std::get_if<op::ProductSums>(&step.operation))
    return static_cast<double>(program.layers[products->layer].terms.size()) *
           product_ms(level, program.layers[products->layer].matrix.weight_period());
  if (std::holds_alternative<op::Input>(step.operation)) return 0.0;
  return passes_ms(passes * static_cast<double>(ids.size()));
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
