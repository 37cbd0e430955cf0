#pragma once
#include <utility>
#include <vector>

#include "ckks/params.h"
#include "plan/program.h"
#include "plan/rotation_tree.h"

namespace veilray::plan {

/// Appends operations and works out what each result is. Kernels are written against it.
/// Throws: Error{kLevelMismatch, kScaleMismatch} for operands that do not belong together, or when
/// the levels run out.
class Builder {
 public:
  /// `keyed`: of which rotations are to be made; none: a key for every step.
  explicit Builder(const ckks::Params& params, StepSet keyed = {})
      : params_(params), keyed_(std::move(keyed)) {}

  ValueId input(ckks::Scale scale);
  ValueId hoist(ValueId in);
  ValueId rotate_hoisted(ValueId in, ValueId hoisted, std::uint32_t step);
  std::uint32_t add_layer(LinearLayer layer);
  const LinearLayer& layer(std::uint32_t index) const { return program_.layers.at(index); }
  /// One result per `layer.giants`.
  std::vector<ValueId> product_sums(std::uint32_t layer, std::vector<ValueId> babies,
                                    ckks::Scale plain_scale);
  ValueId rotate_sum(std::vector<ValueId> inputs, std::vector<std::uint32_t> steps);
  ValueId add(std::vector<ValueId> inputs);
  ValueId add_bias(ValueId in, std::uint32_t layer, std::uint32_t out);
  ValueId sum_of_squares(std::vector<ValueId> inputs);
  /// Of one level; the scales may differ.
  ValueId multiply(ValueId a, ValueId b);
  ValueId relinearize(ValueId in);
  ValueId rescale(ValueId in);
  /// The message times `value`, rounded to an integer over `scale`; the scale is multiplied by it.
  ValueId multiply_constant(ValueId in, double value, ckks::Scale scale);
  ValueId add_constant(ValueId in, double value);
  /// `in` itself if it is there.
  ValueId drop_to_level(ValueId in, ckks::Level level);

  const ValueType& type(ValueId id) const { return program_.type(id); }
  const ckks::Params& params() const { return params_; }
  const StepSet& keyed() const { return keyed_; }
  Program finish(std::vector<ValueId> outputs) &&;

 private:
  ValueId append(Operation operation, const ValueType& type, std::uint32_t results = 1);
  void require_alike(const std::vector<ValueId>& inputs) const;

  const ckks::Params& params_;
  StepSet keyed_;
  Program program_;
};

}  // namespace veilray::plan
