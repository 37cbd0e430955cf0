#include "runtime/encrypted_backend.h"

#include <algorithm>
#include <iterator>

#include "ckks/linear_transform.h"

namespace veilray::runtime {
namespace {

using Value = EncryptedBackend::Value;

const ckks::Ciphertext& ciphertext(const Value* value) {
  return std::get<ckks::Ciphertext>(*value);
}

std::vector<const ckks::Ciphertext*> ciphertexts(std::span<const Value* const> values) {
  std::vector<const ckks::Ciphertext*> out;
  for (const Value* value : values) out.push_back(&ciphertext(value));
  return out;
}

ckks::RotationStep step_of(std::uint32_t step) { return {static_cast<std::int32_t>(step)}; }

}  // namespace

/// Runs the operations that make one value of others.
struct EncryptedBackend::Run {
  const EncryptedBackend& self;
  std::span<const Value* const> in;
  ckks::Workspace& workspace;

  ckks::Ciphertext copy(std::size_t operand) const {
    return ckks::copy(ciphertext(in[operand]), workspace);
  }

  Value operator()(const plan::op::Hoist&) const {
    return self.evaluator_.hoist(ciphertext(in[0]), workspace);
  }
  Value operator()(const plan::op::RotateHoisted& op) const {
    return self.evaluator_.rotate_hoisted(ciphertext(in[0]), std::get<ckks::Decomposition>(*in[1]),
                                          step_of(op.step), self.galois_, workspace);
  }
  Value operator()(const plan::op::RotateSum& op) const {
    ckks::ExtendedCiphertext turned;
    std::vector<std::size_t> plain;
    for (std::size_t k = 0; k < in.size(); ++k) {
      if (op.steps[k] == 0) {
        plain.push_back(k);
      } else {
        self.evaluator_.rotate_accumulate(turned, ciphertext(in[k]), step_of(op.steps[k]),
                                          self.galois_, workspace);
      }
    }
    if (turned.empty()) return add(plain, copy(plain.front()), 1);
    return add(plain, self.evaluator_.mod_down(std::move(turned), workspace), 0);
  }
  Value operator()(const plan::op::Add&) const {
    ckks::Ciphertext sum = copy(0);
    for (std::size_t k = 1; k < in.size(); ++k)
      sum = self.evaluator_.add(std::move(sum), ciphertext(in[k]));
    return sum;
  }
  Value operator()(const plan::op::AddBias& op) const {
    return self.evaluator_.add_plain(copy(0), self.constants_.bias(op.layer, op.out));
  }
  Value operator()(const plan::op::SumOfSquares&) const {
    const auto xs = ciphertexts(in);
    return self.evaluator_.multiply(xs, xs, workspace);
  }
  Value operator()(const plan::op::Multiply&) const {
    return self.evaluator_.multiply(ciphertext(in[0]), ciphertext(in[1]), workspace);
  }
  Value operator()(const plan::op::DropToLevel& op) const {
    return self.evaluator_.drop_to_level(copy(0), op.level);
  }
  Value operator()(const plan::op::Relinearize&) const {
    return self.evaluator_.relinearize(ciphertext(in[0]), self.relinearization_, workspace);
  }
  Value operator()(const plan::op::Rescale&) const {
    return self.evaluator_.rescale(ciphertext(in[0]), workspace);
  }
  Value operator()(const plan::op::MultiplyInteger& op) const {
    ckks::Ciphertext product = self.evaluator_.multiply_integer(copy(0), op.factor);
    product.set_scale({product.scale().value * op.scale.value});
    return product;
  }
  Value operator()(const plan::op::AddConstant& op) const {
    return self.evaluator_.add_constant(copy(0), op.value);
  }
  Value operator()(const plan::op::Input&) const {
    throw Error(ErrorCode::kInternal, "inputs are not run");
  }
  Value operator()(const plan::op::ProductSums&) const {
    throw Error(ErrorCode::kInternal, "has many results");
  }

  Value add(const std::vector<std::size_t>& plain, ckks::Ciphertext sum, std::size_t from) const {
    for (std::size_t k = from; k < plain.size(); ++k)
      sum = self.evaluator_.add(std::move(sum), ciphertext(in[plain[k]]));
    return sum;
  }
};

std::size_t EncryptedBackend::prepare(const plan::Step& step,
                                      std::span<const Value* const> operands,
                                      std::span<Value> results) {
  const auto* products = std::get_if<plan::op::ProductSums>(&step.operation);
  if (products == nullptr) return 1;
  const auto babies = ciphertexts(operands);
  auto sums = ckks::make_products(params_, babies, constants_.scale(products->layer),
                                  results.size(), team_.of(next_workspace_++ % team_.size()));
  std::move(sums.begin(), sums.end(), results.begin());
  return babies.front()->level().limbs();
}

void EncryptedBackend::run(const plan::Step& step, std::size_t part,
                           std::span<const Value* const> operands, std::span<Value> results,
                           std::size_t worker) {
  if (const auto* products = std::get_if<plan::op::ProductSums>(&step.operation)) {
    std::vector<ckks::Ciphertext*> sums;
    for (Value& result : results) sums.push_back(&std::get<ckks::Ciphertext>(result));
    const auto limb = static_cast<std::uint32_t>(part);
    constants_.multiply_accumulate_limb(params_, products->layer, sums, ciphertexts(operands), limb,
                                        scratch_[worker]);
  } else {
    results.front() = std::visit(Run{*this, operands, team_.of(worker)}, step.operation);
  }
}

void EncryptedBackend::release(Value&& value) {
  // Whoever made it, any thread may need the memory next.
  ckks::Workspace& workspace = team_.of(next_workspace_++ % team_.size());
  if (auto* ct = std::get_if<ckks::Ciphertext>(&value)) std::move(*ct).recycle(workspace);
  if (auto* hoisted = std::get_if<ckks::Decomposition>(&value))
    std::move(*hoisted).recycle(workspace);
  value = std::monostate{};
}

}  // namespace veilray::runtime
