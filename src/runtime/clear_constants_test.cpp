#include "runtime/clear_constants.h"

#include <gtest/gtest.h>

#include "plan/networks_testing.h"

namespace veilray::runtime {
namespace {

using plan::testing_layouts::random_layout;
using plan::testing_networks::Draw;

constexpr std::uint32_t kLogConstantSlots = 11;  // vectors may be shorter than all slots
constexpr std::uint64_t kConstantsSeeds = 60;

plan::LinearLayer layer_of_seed(std::uint64_t seed) {
  Draw draw(seed);
  const auto one = plan::testing_layouts::random_case(draw);
  const bool columns_lowest = draw.coin();
  const auto layout = [&](const tensor::Shape& shape) {
    return columns_lowest ? plan::testing_layouts::plain_layout(shape, kLogConstantSlots)
                          : random_layout(draw, shape, kLogConstantSlots);
  };
  plan::SlotMatrix matrix{one.op, layout(one.op.in_shape), layout(one.op.out_shape),
                          plan::SlotMatrix::Form::kPlaced, draw.coin()};
  return {"layer", std::move(matrix),
          plan::testing_networks::random_split(draw, kLogConstantSlots)};
}

plan::Program program_of(std::vector<plan::LinearLayer> layers) {
  plan::Program program;
  program.layers = std::move(layers);
  return program;
}

std::vector<double> all_slots(const ClearDiagonal& diagonal, std::size_t count) {
  std::vector<double> slots(count, 0.0);
  for (std::size_t i = 0; i < count && !diagonal.slots.empty(); ++i)
    slots[i] = double{diagonal.slots[i % diagonal.slots.size()]};
  for (const auto& [first, length, weight] : diagonal.runs)
    for (std::uint32_t k = 0; k < length; ++k) slots[first + k] += double{weight};
  return slots;
}

TEST(ClearConstants, HoldWhatTheLayersDiagonalsDoAsSlotsOrAsRuns) {
  ThreadPool pool(2);
  std::size_t as_slots = 0, as_runs = 0;
  for (std::uint64_t seed = 0; seed < kConstantsSeeds; ++seed) {
    const auto program = program_of({layer_of_seed(seed)});
    const auto& layer = program.layers.front();
    const ClearConstants constants(program, pool);
    for (std::uint32_t out = 0; out < layer.matrix.out.ciphertexts(); ++out) {
      std::uint32_t term = layer.terms_of(out).first;
      for (const auto& want : layer.diagonals_of(out)) {
        const ClearDiagonal& diagonal = constants.diagonal(0, term++);
        ++(diagonal.runs.empty() ? as_slots : as_runs);
        const auto got = all_slots(diagonal, want.size());
        for (std::size_t i = 0; i < want.size(); ++i)
          ASSERT_NEAR(got[i], want[i], 1e-6 * (1 + std::abs(want[i])))
              << "seed " << seed << ", output " << out << ", slot " << i;
      }
      const auto bias = constants.bias(0, out);
      EXPECT_EQ(std::vector(bias.begin(), bias.end()), layer.matrix.bias_slots(out));
    }
  }
  EXPECT_GT(as_slots, 100U);
  EXPECT_GT(as_runs, 100U);
}

std::vector<std::uint32_t> babies_of(const plan::LinearLayer& layer, std::uint32_t giant) {
  std::vector<std::uint32_t> babies;
  for (const auto& term : layer.terms)
    if (term.giant == giant) babies.push_back(term.baby);
  return babies;
}

TEST(ClearConstants, NameTheFirstSumOfTheSameOperands) {
  ThreadPool pool(1);
  std::size_t first = 0, later = 0;
  for (std::uint64_t seed = 0; seed < kConstantsSeeds; ++seed) {
    const auto program = program_of({layer_of_seed(seed)});
    const auto& layer = program.layers.front();
    const ClearConstants constants(program, pool);
    for (std::uint32_t giant = 0; giant < layer.giants.size(); ++giant) {
      std::uint32_t want = 0;
      while (babies_of(layer, want) != babies_of(layer, giant)) ++want;
      EXPECT_EQ(constants.first_of_same_operands(0, giant), want) << "seed " << seed;
      ++(want == giant ? first : later);
    }
  }
  EXPECT_GT(first, 100U);
  EXPECT_GT(later, 100U);
}

TEST(ClearConstants, AreTakenOverWhereALayerIsTheSameAndMadeWhereItIsNot) {
  ThreadPool pool(1);
  const auto first = layer_of_seed(1), second = layer_of_seed(2), other = layer_of_seed(3);
  auto heavier = second;
  for (float& weight : heavier.matrix.op.weights) weight *= 2;
  const auto before = program_of({first, second});
  const auto after = program_of({first, heavier, other});
  const ClearConstants kept(before, pool);
  const ClearConstants constants(after, pool, kept), anew(after, pool);
  EXPECT_EQ(&constants.diagonal(0, 0), &kept.diagonal(0, 0));
  for (std::uint32_t l = 0; l < after.layers.size(); ++l)
    for (std::uint32_t t = 0; t < after.layers[l].terms.size(); ++t)
      EXPECT_EQ(all_slots(constants.diagonal(l, t), 1U << kLogConstantSlots),
                all_slots(anew.diagonal(l, t), 1U << kLogConstantSlots))
          << "layer " << l;
}

}  // namespace
}  // namespace veilray::runtime
