#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ckks/ciphertext.h"
#include "ckks/evaluation_keys.h"
#include "ckks/key_switch.h"
#include "ckks/params.h"
#include "ckks/plaintext.h"
#include "ckks/types.h"

namespace veilray::ckks {

/// What a server can do to ciphertexts. Immutable and safe to share between threads; scratch memory
/// comes from the caller's Workspace, one per thread. An operand taken by value is used up: move it
/// in, and the result stands in its memory.
///
/// All throw Error{kLevelMismatch, kScaleMismatch, kInvalidArgument, kMissingKey} for operands that
/// do not belong together, and change nothing then.
class Evaluator {
 public:
  explicit Evaluator(const Params& params) : params_(params) {}

  /// Same level, scale and degree.
  Ciphertext add(Ciphertext a, const Ciphertext& b) const;
  Ciphertext sub(Ciphertext a, const Ciphertext& b) const;
  Ciphertext negate(Ciphertext ct) const;
  /// Same scale; the plaintext may have a higher level.
  Ciphertext add_plain(Ciphertext ct, const Plaintext& plaintext) const;
  /// Adds `value` to every slot.
  Ciphertext add_constant(Ciphertext ct, double value) const;

  /// Scale: product. The plaintext may have a higher level.
  Ciphertext multiply_plain(Ciphertext ct, const Plaintext& plaintext) const;
  /// Every slot times an integer. Scale: unchanged. Costs no level.
  Ciphertext multiply_integer(Ciphertext ct, std::int64_t factor) const;
  /// Every slot times `value`, encoded at `scale`. Scale: product.
  Ciphertext multiply_constant(Ciphertext ct, double value, Scale scale) const;
  /// Every slot times the imaginary unit; exact, no level, no scale.
  Ciphertext multiply_by_i(Ciphertext ct) const;

  /// sum_k a_k * b_k of degree-1 ciphertexts at one level; all products of one scale.
  /// Degree 2 result, scale: product. a_k and b_k may be the same object (a square).
  Ciphertext multiply(std::span<const Ciphertext* const> a, std::span<const Ciphertext* const> b,
                      Workspace& workspace) const;
  Ciphertext multiply(const Ciphertext& a, const Ciphertext& b, Workspace& workspace) const;

  /// Degree 2 to 1. Cost: one key switch.
  Ciphertext relinearize(const Ciphertext& ct, const RelinearizationKey& key,
                         Workspace& workspace) const;
  /// Level l to l - 1, scale divided by q_l, rounded to nearest.
  Ciphertext rescale(const Ciphertext& ct, Workspace& workspace) const;
  /// Forgets limbs. Scale: unchanged.
  Ciphertext drop_to_level(Ciphertext ct, Level level) const;

  /// Rotates slots left: out[i] = in[(i + step) mod slots]. Degree 1. Cost: one key switch.
  Ciphertext rotate(const Ciphertext& ct, RotationStep step, const GaloisKeys& keys,
                    Workspace& workspace) const;
  Ciphertext conjugate(const Ciphertext& ct, const GaloisKeys& keys, Workspace& workspace) const;

  /// The work that all rotations of one ciphertext share.
  Decomposition hoist(const Ciphertext& ct, Workspace& workspace) const;
  /// As `rotate`, given `hoist(ct)`: the same bits.
  Ciphertext rotate_hoisted(const Ciphertext& ct, const Decomposition& hoisted, RotationStep step,
                            const GaloisKeys& keys, Workspace& workspace) const;
  /// `rotate_hoisted` for each step.
  std::vector<Ciphertext> rotate_many(const Ciphertext& ct, std::span<const RotationStep> steps,
                                      const GaloisKeys& keys, Workspace& workspace) const;

  /// sum += P * rotate(ct, step), without the mod_down: a sum of many rotations pays only one.
  /// An empty `sum` becomes the first term. Sums of equal level and scale may be added with `add`.
  void rotate_accumulate(ExtendedCiphertext& sum, const Ciphertext& ct, RotationStep step,
                         const GaloisKeys& keys, Workspace& workspace) const;
  ExtendedCiphertext add(ExtendedCiphertext a, const ExtendedCiphertext& b) const;
  /// Divides by P, rounded to nearest.
  Ciphertext mod_down(ExtendedCiphertext sum, Workspace& workspace) const;

 private:
  Ciphertext apply(const Ciphertext& ct, const GaloisKey& key, Workspace& workspace) const;
  ExtendedCiphertext zero(Level level, Scale scale, Workspace& workspace) const;
  void add_multiple_of_p(ExtendedCiphertext& sum, const Ciphertext& ct) const;

  const Params& params_;
};

}  // namespace veilray::ckks
