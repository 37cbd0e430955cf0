#include "cli/sharing.h"

#include <array>
#include <utility>

#include "ckks/flood.h"
#include "ckks/wire.h"

namespace veilray::cli {
namespace {

// A probability moves by at most a quarter of its logit: half a step of the fourth decimal.
constexpr double kLogitBudget = 4 * 0.5e-4;

}  // namespace

Result<FloodedAnswer> flood_answer(const ckks::Params& params, const ckks::SecretKeyFile& key,
                                   std::span<const std::byte> answer, Rng& rng) {
  const ckks::CiphertextOwner owner{key.client_id, key.model};
  VEILRAY_TRY(parts, plan::split_message(answer, 1));
  VEILRAY_TRY(ct, ckks::parse_ciphertext(params, owner, parts.front()));
  FloodedAnswer flooded;
  flooded.flood_bits = ckks::flood_bits_within(params, kLogitBudget, ct.scale());
  ct = ckks::flood(params, std::move(ct), flooded.flood_bits, rng);
  flooded.bytes = plan::join_message(std::array{ckks::serialize(params, owner, ct)});
  return flooded;
}

}  // namespace veilray::cli
