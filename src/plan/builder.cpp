#include "plan/builder.h"

#include <cmath>

namespace veilray::plan {

ValueId Builder::append(Operation operation, const ValueType& type, std::uint32_t results) {
  const ValueId first{static_cast<std::uint32_t>(program_.values.size())};
  program_.values.insert(program_.values.end(), results, type);
  program_.steps.push_back({std::move(operation), first, results});
  return first;
}

void Builder::require_alike(const std::vector<ValueId>& inputs) const {
  if (inputs.empty())
    throw Error(ErrorCode::kInvalidArgument, "an operation of the program has no operands");
  const ValueType& first = type(inputs.front());
  for (const ValueId id : inputs) {
    const ValueType& other = type(id);
    if (other.level != first.level || other.degree != first.degree)
      throw Error(ErrorCode::kLevelMismatch,
                  "operands of the program at different levels or degrees");
    if (!ckks::same_scale(other.scale, first.scale))
      throw Error(ErrorCode::kScaleMismatch, "operands of the program at different scales");
  }
}

ValueId Builder::input(ckks::Scale scale) {
  const std::uint32_t index = program_.inputs++;
  return append(op::Input{index}, {ValueType::Kind::kCiphertext, 1, params_.max_level(), scale});
}

ValueId Builder::hoist(ValueId in) {
  ValueType hoisted = type(in);
  hoisted.kind = ValueType::Kind::kHoisted;
  return append(op::Hoist{in}, hoisted);
}

ValueId Builder::rotate_hoisted(ValueId in, ValueId hoisted, std::uint32_t step) {
  return append(op::RotateHoisted{in, hoisted, step}, ValueType(type(in)));
}

std::uint32_t Builder::add_layer(LinearLayer layer) {
  program_.layers.push_back(std::move(layer));
  return static_cast<std::uint32_t>(program_.layers.size() - 1);
}

std::vector<ValueId> Builder::product_sums(std::uint32_t layer, std::vector<ValueId> babies,
                                           ckks::Scale plain_scale) {
  require_alike(babies);
  ValueType sum = type(babies.front());
  sum.scale = {sum.scale.value * plain_scale.value};
  const auto results = static_cast<std::uint32_t>(program_.layers.at(layer).giants.size());
  const ValueId first =
      append(op::ProductSums{layer, std::move(babies), plain_scale}, sum, results);
  std::vector<ValueId> ids;
  ids.reserve(results);
  for (std::uint32_t r = 0; r < results; ++r) ids.push_back({first.value + r});
  return ids;
}

ValueId Builder::rotate_sum(std::vector<ValueId> inputs, std::vector<std::uint32_t> steps) {
  require_alike(inputs);
  if (inputs.size() == 1 && steps.front() == 0) return inputs.front();
  const ValueType sum = type(inputs.front());
  return append(op::RotateSum{std::move(inputs), std::move(steps)}, sum);
}

ValueId Builder::add(std::vector<ValueId> inputs) {
  require_alike(inputs);
  if (inputs.size() == 1) return inputs.front();
  const ValueType sum = type(inputs.front());
  return append(op::Add{std::move(inputs)}, sum);
}

ValueId Builder::add_bias(ValueId in, std::uint32_t layer, std::uint32_t out) {
  return append(op::AddBias{in, layer, out}, ValueType(type(in)));
}

ValueId Builder::sum_of_squares(std::vector<ValueId> inputs) {
  require_alike(inputs);
  ValueType square = type(inputs.front());
  square.scale = {square.scale.value * square.scale.value};
  square.degree = 2;
  return append(op::SumOfSquares{std::move(inputs)}, square);
}

ValueId Builder::multiply(ValueId a, ValueId b) {
  if (type(a).level != type(b).level || type(a).degree != 1 || type(b).degree != 1)
    throw Error(ErrorCode::kLevelMismatch, "factors of the program at different levels or degrees");
  ValueType product = type(a);
  product.scale = {product.scale.value * type(b).scale.value};
  product.degree = 2;
  return append(op::Multiply{a, b}, product);
}

ValueId Builder::drop_to_level(ValueId in, ckks::Level level) {
  ValueType dropped = type(in);
  if (dropped.level == level) return in;
  if (dropped.level < level)
    throw Error(ErrorCode::kLevelMismatch, "a value of the program lies lower than it should");
  dropped.level = level;
  return append(op::DropToLevel{in, level}, dropped);
}

ValueId Builder::relinearize(ValueId in) {
  ValueType linear = type(in);
  linear.degree = 1;
  return append(op::Relinearize{in}, linear);
}

ValueId Builder::rescale(ValueId in) {
  ValueType lower = type(in);
  if (lower.level.value == 0)
    throw Error(ErrorCode::kLevelMismatch, "the network is deeper than its levels");
  lower.scale = {lower.scale.value / params_.prime(lower.level)};
  --lower.level.value;
  return append(op::Rescale{in}, lower);
}

ValueId Builder::multiply_constant(ValueId in, double value, ckks::Scale scale) {
  const double factor = std::round(value * scale.value);
  if (!(std::abs(factor) < 0x1p62))
    throw Error(ErrorCode::kInvalidArgument,
                "an activation's coefficient is too large for its scale");
  ValueType product = type(in);
  product.scale = {product.scale.value * scale.value};
  return append(op::MultiplyInteger{in, static_cast<std::int64_t>(factor), scale}, product);
}

ValueId Builder::add_constant(ValueId in, double value) {
  return append(op::AddConstant{in, value}, ValueType(type(in)));
}

Program Builder::finish(std::vector<ValueId> outputs) && {
  program_.outputs = std::move(outputs);
  return std::move(program_);
}

}  // namespace veilray::plan
