#pragma once
#include "ckks/params.h"

namespace veilray::ckks::testing {

/// Parameters of no security at all, small enough for fast tests. The only way round the table, and
/// inline, so that no library that ships holds it.
inline Result<Params> toy_params(const ParamsSpec& spec) { return Params::create_unchecked(spec); }

}  // namespace veilray::ckks::testing
