#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "ckks/envelope.h"
#include "ckks/packing.h"
#include "ckks/require.h"
#include "ckks/wire.h"

namespace veilray::ckks {
namespace {

/// 2 was a compact form with words of 30 bits.
enum class Form : std::uint32_t { kFull = 0, kSeeded = 1, kCompact = 3 };

bool is_form(std::uint32_t value) {
  return value == static_cast<std::uint32_t>(Form::kFull) ||
         value == static_cast<std::uint32_t>(Form::kSeeded) ||
         value == static_cast<std::uint32_t>(Form::kCompact);
}

constexpr std::size_t kFieldBytes = sizeof(ClientId) + sizeof(Sha256) + 4 + 4 + 8;

std::size_t part_bytes(const ring::NttPoly& poly) { return packed_bytes(poly.n()) * poly.limbs(); }

ByteWriter begin(const Params& params, const CiphertextOwner& owner, Form form, Level level,
                 Scale scale, std::size_t payload_bytes) {
  auto writer =
      begin_envelope(WireKind::kCiphertext, params.fingerprint(), kFieldBytes + payload_bytes);
  writer.write_bytes(owner.client_id);
  writer.write_bytes(owner.model);
  writer.write(static_cast<std::uint32_t>(form));
  writer.write(level.value);
  writer.write(scale.value);
  return writer;
}

CiphertextOwner read_owner(ByteReader& in) {
  CiphertextOwner owner;
  read_array(in, owner.client_id);
  read_array(in, owner.model);
  return owner;
}

Failure not_ours(const std::string& why, const std::string& mend) {
  return {ErrorCode::kFingerprintMismatch, why, "ciphertext", mend};
}

/// A compact answer of small numbers has a scale above what its words hold.
bool is_possible(const Params& params, Form form, Level level, Scale scale) {
  const double log_most = form == Form::kCompact ? 2.0 * kCompactBits : params.log_q(level);
  return std::isfinite(scale.value) && scale.value > 0 && std::log2(scale.value) < log_most;
}

Result<Ciphertext> read_parts(ByteReader& in, const Params& params, Form form, Level level,
                              Scale scale) {
  const ring::Shape shape = params.shape(level);
  SeededCiphertext seeded;
  seeded.scale = scale;
  if (form == Form::kSeeded) read_array(in, seeded.seed);
  seeded.c0 = read_packed(in, params, shape);
  ring::NttPoly c1;
  if (form == Form::kFull) c1 = read_packed(in, params, shape);
  if (!in.finished()) {
    return damaged("ciphertext", "a residue out of range, or bytes missing or left over");
  }
  if (form == Form::kSeeded) return expand(params, seeded);
  return Ciphertext(std::move(seeded.c0), std::move(c1), scale);
}

/// The fields that every form has, checked, and what follows them.
struct Opened {
  Form form;
  Level level;
  Scale scale;
  ByteReader in;
};

Result<Opened> open(const Params& params, const CiphertextOwner& expected,
                    std::span<const std::byte> wire) {
  VEILRAY_TRY(envelope,
              open_envelope(WireKind::kCiphertext, "ciphertext", params.fingerprint(), wire));
  ByteReader& in = envelope.body;
  const auto owner = read_owner(in);
  const auto form = in.read<std::uint32_t>();
  const Level level{in.read<std::uint32_t>()};
  const Scale scale{in.read<double>()};
  if (in.failed()) return damaged("ciphertext", "cut short");
  if (owner.client_id != expected.client_id) {
    return not_ours("made by another client", "use the keys it was made with");
  }
  if (owner.model != expected.model) {
    return not_ours("made for another model", "encrypt the input for this model");
  }
  if (!is_form(form) || level > params.max_level() ||
      !is_possible(params, static_cast<Form>(form), level, scale)) {
    return damaged("ciphertext", "an impossible form, level or scale");
  }
  return Opened{static_cast<Form>(form), level, scale, in};
}

/// Nothing is allocated if the reader fails.
std::vector<std::uint32_t> read_words(ByteReader& in, std::size_t count) {
  const auto bytes = in.take(count * sizeof(std::uint32_t));
  if (in.failed()) return {};
  std::vector<std::uint32_t> words(count);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

Result<CompactCiphertext> read_compact(Opened& opened, const Params& params) {
  const auto coefficients = opened.in.read<std::uint32_t>();
  // What `compact` makes: nothing else is decrypted, or allocated for.
  if (!std::has_single_bit(coefficients) || coefficients > params.n() / kLeastCompactRun ||
      coefficients != compact_coefficients(coefficients / 2) || opened.level.value != 0) {
    return damaged("ciphertext", "an impossible level or number of coefficients");
  }
  CompactCiphertext ct;
  ct.c0 = read_words(opened.in, coefficients);
  ct.c1 = read_words(opened.in, params.n());
  ct.scale = opened.scale;
  if (!opened.in.finished()) return damaged("ciphertext", "bytes missing or left over");
  return ct;
}

}  // namespace

std::vector<std::byte> serialize(const Params& params, const CiphertextOwner& owner,
                                 const Ciphertext& ct) {
  require_degree(ct, 1);
  auto writer = begin(params, owner, Form::kFull, ct.level(), ct.scale(),
                      part_bytes(ct.part(0)) + part_bytes(ct.part(1)));
  write_packed(writer, ct.part(0));
  write_packed(writer, ct.part(1));
  return finish_envelope(std::move(writer));
}

std::vector<std::byte> serialize(const Params& params, const CiphertextOwner& owner,
                                 const CompactCiphertext& ct) {
  const auto coefficients = static_cast<std::uint32_t>(ct.c0.size());
  auto writer = begin(params, owner, Form::kCompact, Level{0}, ct.scale,
                      sizeof(std::uint32_t) * (1 + ct.c0.size() + ct.c1.size()));
  writer.write(coefficients);
  writer.write_bytes(std::as_bytes(std::span(ct.c0)));
  writer.write_bytes(std::as_bytes(std::span(ct.c1)));
  return finish_envelope(std::move(writer));
}

std::vector<std::byte> serialize(const Params& params, const CiphertextOwner& owner,
                                 const SeededCiphertext& ct) {
  auto writer =
      begin(params, owner, Form::kSeeded, ct.level(), ct.scale, ct.seed.size() + part_bytes(ct.c0));
  writer.write_bytes(ct.seed);
  write_packed(writer, ct.c0);
  return finish_envelope(std::move(writer));
}

Result<CiphertextOwner> parse_ciphertext_owner(const Params& params,
                                               std::span<const std::byte> wire) {
  VEILRAY_TRY(envelope,
              open_envelope(WireKind::kCiphertext, "ciphertext", params.fingerprint(), wire));
  const auto owner = read_owner(envelope.body);
  if (envelope.body.failed()) return damaged("ciphertext", "cut short");
  return owner;
}

Result<Ciphertext> parse_ciphertext(const Params& params, const CiphertextOwner& expected,
                                    std::span<const std::byte> wire) {
  VEILRAY_TRY(opened, open(params, expected, wire));
  if (opened.form == Form::kCompact) {
    return Failure{ErrorCode::kMalformed, "a compact ciphertext is no request", "ciphertext",
                   "encrypt an image with this model's client kit"};
  }
  return read_parts(opened.in, params, opened.form, opened.level, opened.scale);
}

Result<AnswerCiphertext> parse_answer(const Params& params, const CiphertextOwner& expected,
                                      std::span<const std::byte> wire) {
  VEILRAY_TRY(opened, open(params, expected, wire));
  if (opened.form == Form::kCompact) {
    VEILRAY_TRY(compact, read_compact(opened, params));
    return AnswerCiphertext(std::move(compact));
  }
  if (opened.form == Form::kSeeded) {
    return Failure{ErrorCode::kMalformed, "a request, where an answer belongs", "ciphertext",
                   "give the file that the server made"};
  }
  VEILRAY_TRY(full, read_parts(opened.in, params, opened.form, opened.level, opened.scale));
  return AnswerCiphertext(std::move(full));
}

}  // namespace veilray::ckks
