// plan.bin, and what a model makes of it. The first byte chooses the weights beside it and whether
// the checksum is put right, so that the checks behind it are reached as well.
#include "plan/file.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/hash.h"
#include "plan/network_file.h"
#include "plan/networks_testing.h"

namespace {

using namespace veilray;

graph::Graph dense_network() {
  plan::testing_networks::Draw draw(1);
  graph::GraphBuilder builder("dense", {1, 2, 2});
  builder.add("flatten", graph::Flatten{});
  builder.add("linear1", plan::testing_networks::tame_linear(draw, 4, 2));
  return std::move(builder).finish().value();
}

/// Programs that are quick to make: anything else is only parsed.
bool is_small(const plan::Plan& plan) {
  bool small = plan.params.log_n <= 12 && plan.input.ciphertexts() <= 4;
  for (const auto& stage : plan.stages) small &= stage.out.ciphertexts() <= 4;
  return small;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto dense = plan::network_weights(dense_network());
  static const auto tiny = plan::network_weights(plan::testing_networks::tiny_network());
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  std::vector<std::byte> file(bytes.begin() + 1, bytes.end());
  if (data[0] % 2 == 1 && file.size() >= 40)
    std::ranges::copy(sha256(std::span(file).subspan(40)), file.begin() + 8);

  auto model = plan::read_plan(file, data[0] / 2 % 2 == 1 ? tiny : dense);
  if (!model.ok()) return 0;
  // What parses is written and read again as the same plan.
  const auto again = plan::write_plan(model.value());
  const auto weights = plan::network_weights(model.value().network);
  const auto read = plan::read_plan(again, weights);
  if (!read.ok() || plan::write_plan(read.value()) != again) std::abort();
  if (is_small(model.value().plan)) (void)plan::assemble(std::move(model).value());
  return 0;
}
