#pragma once
#include "ckks/params.h"

namespace veilray::ckks::testing {

/// Parameters of no security at all, small enough for fast tests. The only way round the table.
Result<Params> toy_params(const ParamsSpec& spec);

}  // namespace veilray::ckks::testing
