#include "plan/kernels/quadratic.h"

#include "plan/pool_layout.h"

namespace veilray::plan::kernels {
namespace {

PooledLayout free_pool(const Layout& layout, std::int64_t pool) {
  auto pooled = pool_layout(layout, pool);
  if (!pooled)
    throw Error(ErrorCode::kInvalidArgument,
                "the layout does not make the pool a sum of ciphertexts");
  return *std::move(pooled);
}

std::vector<ValueId> members(const Packed& in, const std::vector<std::uint32_t>& group) {
  std::vector<ValueId> ids;
  for (const auto ct : group) ids.push_back(in.ciphertexts.at(ct));
  return ids;
}

}  // namespace

Packed quadratic(Builder& builder, const Packed& in, const MonicQuadratic& f, std::int64_t pool) {
  PooledLayout pooled = free_pool(in.layout, pool);
  Packed out{std::move(pooled.layout), {}};
  for (const auto& group : pooled.groups) {
    const auto xs = members(in, group);
    ValueId sum = builder.relinearize(builder.sum_of_squares(xs));
    if (f.linear != 0.0) {
      const ValueId x = builder.add(xs);
      // An integer factor of the input's own scale: the product needs no rescale of its own.
      sum = builder.add({sum, builder.multiply_constant(x, f.linear, builder.type(x).scale)});
    }
    if (f.constant != 0.0)
      sum = builder.add_constant(sum, f.constant * static_cast<double>(xs.size()));
    out.ciphertexts.push_back(builder.rescale(sum));
  }
  return out;
}

Packed sum_pool(Builder& builder, const Packed& in, std::int64_t pool) {
  PooledLayout pooled = free_pool(in.layout, pool);
  Packed out{std::move(pooled.layout), {}};
  for (const auto& group : pooled.groups)
    out.ciphertexts.push_back(builder.add(members(in, group)));
  return out;
}

}  // namespace veilray::plan::kernels
