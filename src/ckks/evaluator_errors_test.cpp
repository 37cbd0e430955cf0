// Operands that do not belong together.
#include <gtest/gtest.h>

#include <limits>

#include "ckks/evaluator.h"
#include "ckks/linear_transform.h"
#include "ckks/secret/toy_client.h"

namespace veilray::ckks {
namespace {

using testing::kToyScale;

template <class Action>
ErrorCode code_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kInternal;
}

class EvaluatorErrors : public ::testing::Test {
 protected:
  testing::ToyClient client_;
  const Evaluator& ev_ = client_.evaluator;
  Workspace& ws_ = client_.workspace;
  const Level top_ = client_.params.max_level();
  const std::vector<double> values_ = client_.random_values();
  const Ciphertext ct_ = client_.encrypt(values_, top_);
  const Ciphertext low_ = client_.encrypt(values_, Level{1});
  const Plaintext plain_ = client_.encoder.encode(values_, top_, kToyScale);
  const Ciphertext other_scale_ =
      client_.encryptor.encrypt(client_.encoder.encode(values_, top_, Scale{0x1.00001p30}));
};

TEST_F(EvaluatorErrors, FailsIfLevelsDiffer) {
  EXPECT_EQ(code_of([&] { (void)ev_.add(ct_, low_); }), ErrorCode::kLevelMismatch);
  EXPECT_EQ(code_of([&] { (void)ev_.sub(ct_, low_); }), ErrorCode::kLevelMismatch);
  EXPECT_EQ(code_of([&] { (void)ev_.multiply(ct_, low_, ws_); }), ErrorCode::kLevelMismatch);
}

TEST_F(EvaluatorErrors, FailsIfScalesDiffer) {
  EXPECT_EQ(code_of([&] { (void)ev_.add(ct_, other_scale_); }), ErrorCode::kScaleMismatch);
  EXPECT_EQ(code_of([&] { (void)ev_.sub(ct_, other_scale_); }), ErrorCode::kScaleMismatch);
  EXPECT_EQ(code_of([&] { (void)ev_.add_plain(other_scale_, plain_); }), ErrorCode::kScaleMismatch);
  const Ciphertext* const a[] = {&ct_, &ct_};
  const Ciphertext* const b[] = {&ct_, &other_scale_};
  EXPECT_EQ(code_of([&] { (void)ev_.multiply(a, b, ws_); }), ErrorCode::kScaleMismatch);
}

TEST_F(EvaluatorErrors, ScalesThatDifferByTheRoundingOfDoublesAreTheSame) {
  auto nearly = ct_;
  nearly.set_scale({kToyScale.value * (1 + 0x1p-50)});
  EXPECT_NO_THROW((void)ev_.add(ct_, nearly));
}

TEST_F(EvaluatorErrors, FailsIfDegreesDoNotFit) {
  const auto product = ev_.multiply(ct_, ct_, ws_);
  const auto relinearization_key = client_.generator.relinearization_key(top_);
  EXPECT_EQ(code_of([&] { (void)ev_.add(product, ct_); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { (void)ev_.multiply(product, ct_, ws_); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { (void)ev_.rotate(product, {1}, {}, ws_); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { (void)ev_.hoist(product, ws_); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { (void)ev_.relinearize(ct_, relinearization_key, ws_); }),
            ErrorCode::kInvalidArgument);
}

TEST_F(EvaluatorErrors, FailsIfPlaintextHasALowerLevel) {
  const auto low_plain = client_.encoder.encode(values_, Level{1}, kToyScale);
  EXPECT_EQ(code_of([&] { (void)ev_.add_plain(ct_, low_plain); }), ErrorCode::kLevelMismatch);
  EXPECT_EQ(code_of([&] { (void)ev_.multiply_plain(ct_, low_plain); }), ErrorCode::kLevelMismatch);
  EXPECT_NO_THROW((void)ev_.add_plain(low_, plain_));
}

TEST_F(EvaluatorErrors, FailsIfGaloisKeyIsMissing) {
  const std::vector<RotationStep> steps = {{1}, {2}};
  const auto keys = client_.keys_for(std::span(steps).first(1), top_);
  EXPECT_EQ(code_of([&] { (void)ev_.rotate(ct_, {2}, keys, ws_); }), ErrorCode::kMissingKey);
  EXPECT_EQ(code_of([&] { (void)ev_.conjugate(ct_, keys, ws_); }), ErrorCode::kMissingKey);
  EXPECT_EQ(code_of([&] { (void)ev_.rotate_many(ct_, steps, keys, ws_); }), ErrorCode::kMissingKey);
  ExtendedCiphertext sum;
  EXPECT_EQ(code_of([&] { ev_.rotate_accumulate(sum, ct_, {2}, keys, ws_); }),
            ErrorCode::kMissingKey);
  EXPECT_TRUE(sum.empty());
}

TEST_F(EvaluatorErrors, FailsIfKeyWasMadeForALowerLevel) {
  const std::vector<RotationStep> steps = {{1}};
  const auto keys = client_.keys_for(steps, Level{1});
  EXPECT_EQ(code_of([&] { (void)ev_.rotate(ct_, {1}, keys, ws_); }), ErrorCode::kLevelMismatch);
  EXPECT_NO_THROW((void)ev_.rotate(low_, {1}, keys, ws_));
}

TEST_F(EvaluatorErrors, FailsIfHoistedAtAnotherLevel) {
  const std::vector<RotationStep> steps = {{1}};
  const auto keys = client_.keys_for(steps, top_);
  const auto hoisted = ev_.hoist(ct_, ws_);
  EXPECT_EQ(code_of([&] { (void)ev_.rotate_hoisted(low_, hoisted, {1}, keys, ws_); }),
            ErrorCode::kLevelMismatch);
}

TEST_F(EvaluatorErrors, FailsIfThereIsNoLevelToGoTo) {
  EXPECT_EQ(code_of([&] { (void)ev_.drop_to_level(low_, top_); }), ErrorCode::kLevelMismatch);
  const auto bottom = ev_.drop_to_level(low_, Level{0});
  EXPECT_EQ(code_of([&] { (void)ev_.rescale(bottom, ws_); }), ErrorCode::kLevelMismatch);
}

TEST_F(EvaluatorErrors, FailsIfConstantDoesNotFit) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(code_of([&] { (void)ev_.add_constant(ct_, 0x1p90); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { (void)ev_.add_constant(ct_, infinity); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { (void)ev_.multiply_constant(ct_, 1, Scale{0x1p119}); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { (void)ev_.multiply_constant(ct_, 1, Scale{0}); }),
            ErrorCode::kInvalidArgument);
}

TEST_F(EvaluatorErrors, FailsIfMatrixDoesNotFit) {
  const Ciphertext* const cts[] = {&ct_, &ct_};
  const Ciphertext* const mixed[] = {&ct_, &low_};
  const Plaintext* const nothing[] = {nullptr, nullptr};
  const Plaintext* const row[] = {&plain_, &plain_};
  const auto run = [&](std::span<const Ciphertext* const> c, PlainMatrix matrix) {
    return code_of([&] { (void)multiply_accumulate(client_.params, c, matrix, ws_); });
  };
  EXPECT_EQ(run(cts, {nothing, 1}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run(cts, {row, 2}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run({}, {row, 1}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run(mixed, {row, 1}), ErrorCode::kLevelMismatch);

  const auto periodic = client_.encoder.encode_constant(1, top_, kToyScale);
  const Plaintext* const mixed_runs[] = {&plain_, &periodic};
  EXPECT_EQ(run(cts, {mixed_runs, 1}), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace veilray::ckks
