#pragma once
#include <span>
#include <variant>
#include <vector>

#include "ckks/evaluation_keys.h"
#include "ckks/evaluator.h"
#include "plan/program.h"
#include "runtime/constants.h"

namespace veilray::runtime {

/// The program on ciphertexts, with evaluation keys only.
class EncryptedBackend {
 public:
  using Value = std::variant<std::monostate, ckks::Ciphertext, ckks::Decomposition>;

  /// `team`: of the pool that will run it. All arguments must outlive the backend.
  EncryptedBackend(const ckks::Params& params, const EncodedConstants& constants,
                   const ckks::RelinearizationKey& relinearization, const ckks::GaloisKeys& galois,
                   ckks::Team& team)
      : params_(params),
        evaluator_(params),
        constants_(constants),
        relinearization_(relinearization),
        galois_(galois),
        team_(team),
        scratch_(team.size()) {}

  /// Product sums are split by limbs; everything else is one part.
  std::size_t prepare(const plan::Step& step, std::span<const Value* const> operands,
                      std::span<Value> results);
  void run(const plan::Step& step, std::size_t part, std::span<const Value* const> operands,
           std::span<Value> results, std::size_t worker);
  void release(Value&& value);

 private:
  struct Run;
  const ckks::Params& params_;
  ckks::Evaluator evaluator_;
  const EncodedConstants& constants_;
  const ckks::RelinearizationKey& relinearization_;
  const ckks::GaloisKeys& galois_;
  ckks::Team& team_;
  std::vector<LimbScratch> scratch_;  // by worker
  std::size_t next_workspace_ = 0;
};

}  // namespace veilray::runtime
