#pragma once
// What may be passed on (--share). A CKKS decryption that others see can give the key away
// (SECURITY.md, IND-CPA-D), so the answer is flooded before it is decrypted, and rounded after.
#include <cstdint>
#include <span>

#include "base/random.h"
#include "ckks/secret/secret_key.h"
#include "plan/message.h"

namespace veilray::cli {

struct FloodedAnswer {
  plan::Bytes bytes;
  std::uint32_t flood_bits = 0;  // uniform noise below 2^flood_bits on every coefficient
};

/// Floods by as much as the four decimals of a probability hide. Fails as parse_answer does.
Result<FloodedAnswer> flood_answer(const ckks::Params& params, const ckks::SecretKeyFile& key,
                                   std::span<const std::byte> answer, Rng& rng);

}  // namespace veilray::cli
