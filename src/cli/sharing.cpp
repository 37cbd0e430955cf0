#include "cli/sharing.h"

#include <array>
#include <utility>
#include <variant>

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
  VEILRAY_TRY(parsed, ckks::parse_answer(params, owner, parts.front()));
  FloodedAnswer flooded;
  plan::Bytes bytes;
  if (auto* compact = std::get_if<ckks::CompactCiphertext>(&parsed)) {
    flooded.flood_bits = ckks::flood_bits_within(params, kLogitBudget, compact->scale,
                                                 static_cast<std::uint32_t>(compact->c0.size()));
    bytes =
        ckks::serialize(params, owner, ckks::flood(std::move(*compact), flooded.flood_bits, rng));
  } else {
    auto& full = std::get<ckks::Ciphertext>(parsed);
    flooded.flood_bits = ckks::flood_bits_within(params, kLogitBudget, full.scale(), params.n());
    bytes = ckks::serialize(params, owner,
                            ckks::flood(params, std::move(full), flooded.flood_bits, rng));
  }
  flooded.bytes = plan::join_message(std::array{std::move(bytes)});
  return flooded;
}

}  // namespace veilray::cli
