#pragma once
// How many special primes a chain gets: more of them make fewer digits, and every key switch
// longer.
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "ckks/params.h"
#include "plan/cost.h"
#include "plan/program.h"
#include "plan/stages.h"

namespace veilray::plan {

/// In milliseconds, for parameters that the model is of.
using Price = std::function<double(const CostModel&)>;

/// The secure parameters with `chain` primes of 30 bits for which `price` is least; nothing if none
/// are secure.
std::optional<ckks::ParamsSpec> cheapest_spec(std::uint32_t log_n, std::uint32_t chain,
                                              const Price& price);

/// Before there is a program: as if every stage took as many key switches, at its level. `first` is
/// the level of the input.
double stages_price(const std::vector<Stage>& stages, ckks::Level first, const CostModel& cost);

/// Its time on one thread, and its keys.
double program_price(const Program& program, const CostModel& cost);

}  // namespace veilray::plan
