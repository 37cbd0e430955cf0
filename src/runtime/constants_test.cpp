#include "runtime/constants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>

#include "ckks/toy_params.h"
#include "plan/builder.h"
#include "plan/networks_testing.h"
#include "plan/stages.h"

namespace veilray::runtime {
namespace {

/// A program with its weights encoded.
struct Encoded {
  explicit Encoded(std::uint64_t seed, std::uint64_t budget = EncodedConstants::kUnlimited) {
    const auto stages = plan::stages(plan::testing_networks::random_small_network(seed)).value();
    plan::testing_networks::Draw draw(seed);
    const auto plan = plan::testing_networks::random_plan(draw, stages, 9);
    params.emplace(ckks::testing::toy_params(plan.params).value());
    program = plan::lower(stages, plan, *params);
    encoder.emplace(*params);
    SilentProgress silent;
    constants.emplace(program, *encoder, pool, silent, budget);
  }
  std::optional<ckks::Params> params;
  plan::Program program;
  std::optional<ckks::Encoder> encoder;
  ThreadPool pool{2};
  std::optional<EncodedConstants> constants;
};

double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

/// Any residues: what a product makes of them does not depend on what they say.
ckks::Ciphertext arbitrary_ciphertext(const ckks::Params& params, ckks::Level level,
                                      std::uint32_t seed) {
  std::minstd_rand random(seed);
  const auto part = [&] {
    ring::NttPoly poly(params.shape(level));
    for (std::uint32_t limb = 0; limb < level.limbs(); ++limb)
      for (auto& word : poly.limb(limb))
        word = static_cast<std::uint32_t>(random()) % params.prime(ckks::Level{limb});
    return poly;
  };
  auto c0 = part(), c1 = part();
  return {std::move(c0), std::move(c1), {0x1p30}};
}

/// The products of arbitrary ciphertexts with diagonals that are encoded one by one here.
std::vector<ckks::Ciphertext> expected_products(const Encoded& e, const plan::LinearLayer& layer,
                                                std::span<const ckks::Ciphertext* const> inputs,
                                                ckks::Scale plain_scale) {
  std::vector<std::unique_ptr<const ckks::Plaintext>> plaintexts;
  std::vector<const ckks::Plaintext*> matrix(layer.giants.size() * layer.babies.size());
  for (std::uint32_t out = 0; out < layer.matrix.out.ciphertexts(); ++out) {
    const auto diagonals = layer.diagonals_of(out);
    const auto first = layer.terms_of(out).first;
    for (std::size_t d = 0; d < diagonals.size(); ++d) {
      const auto& term = layer.terms[first + d];
      plaintexts.push_back(std::make_unique<const ckks::Plaintext>(
          e.encoder->encode(diagonals[d], inputs[0]->level(), plain_scale)));
      matrix[term.giant * layer.babies.size() + term.baby] = plaintexts.back().get();
    }
  }
  ckks::Workspace workspace;
  return ckks::multiply_accumulate(*e.params, inputs, {matrix, layer.giants.size()}, workspace);
}

/// Every limb of every layer's products is what its diagonals give, encoded at the level and scale
/// of its product.
void expect_encoded_diagonals(const Encoded& e) {
  LimbScratch scratch;
  ckks::Workspace workspace;
  for (const auto& step : e.program.steps) {
    const auto* products = std::get_if<plan::op::ProductSums>(&step.operation);
    if (products == nullptr) continue;
    const auto& layer = e.program.layers[products->layer];
    const auto level = e.program.type(products->inputs[0]).level;
    EXPECT_EQ(e.constants->scale(products->layer).value, products->plain_scale.value);
    ASSERT_EQ(e.constants->repeated(products->layer), nullptr);
    std::vector<ckks::Ciphertext> cts;
    for (std::uint32_t k = 0; k < layer.babies.size(); ++k)
      cts.push_back(arbitrary_ciphertext(*e.params, level, k + 1));
    std::vector<const ckks::Ciphertext*> inputs;
    for (const auto& ct : cts) inputs.push_back(&ct);
    auto got = ckks::make_products(*e.params, inputs, products->plain_scale, layer.giants.size(),
                                   workspace);
    std::vector<ckks::Ciphertext*> sums;
    for (auto& sum : got) sums.push_back(&sum);
    for (std::uint32_t limb = 0; limb < level.limbs(); ++limb)
      e.constants->multiply_accumulate_limb(*e.params, products->layer, sums, inputs, limb,
                                            scratch);
    const auto want = expected_products(e, layer, inputs, products->plain_scale);
    for (std::size_t row = 0; row < got.size(); ++row)
      for (std::size_t part = 0; part < 2; ++part)
        for (std::uint32_t limb = 0; limb < level.limbs(); ++limb)
          EXPECT_TRUE(
              std::ranges::equal(got[row].part(part).limb(limb), want[row].part(part).limb(limb)))
              << layer.name << " row " << row << " limb " << limb;
  }
}

TEST(EncodedConstants, AreTheDiagonalsAtTheLevelAndScaleOfTheirProduct) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    SCOPED_TRACE(seed);
    expect_encoded_diagonals(Encoded(seed));
  }
}

TEST(EncodedConstants, AreTheSameWhereABudgetKeepsCoefficientsOnly) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    SCOPED_TRACE(seed);
    const std::uint64_t all = Encoded(seed).constants->bytes();
    const Encoded none(seed, 0), half(seed, all / 2);
    expect_encoded_diagonals(none);
    expect_encoded_diagonals(half);
    EXPECT_LT(none.constants->bytes(), half.constants->bytes());
    EXPECT_LT(half.constants->bytes(), all);
  }
}

TEST(EncodedConstants, HoldBiasesAtTheScaleOfTheSumTheyAreAddedTo) {
  const Encoded e(1);
  int biases = 0;
  for (const auto& step : e.program.steps)
    if (const auto* add = std::get_if<plan::op::AddBias>(&step.operation)) {
      const auto& bias = e.constants->bias(add->layer, add->out);
      EXPECT_EQ(bias.level(), e.program.type(add->in).level);
      EXPECT_TRUE(ckks::same_scale(bias.scale(), e.program.type(add->in).scale));
      EXPECT_LT(difference(e.encoder->decode_real(bias),
                           e.program.layers[add->layer].matrix.bias_slots(add->out)),
                1e-6);
      ++biases;
    }
  EXPECT_GT(biases, 0);
}

TEST(EncodedConstants, ShareThePlaintextsOfEqualDiagonals) {
  // A 1x1 convolution whose columns are split over two ciphertexts multiplies both alike.
  plan::testing_networks::Draw draw(1);
  const graph::Conv2d conv{.weight = draw.tensor({2, 2, 1, 1}, 1)};
  const auto layout = plan::Layout::parse("2x4x4: x1 y0 y1 - - - - - c0 | x0").value();
  const auto params = ckks::testing::toy_params({10, 2, 1, 30}).value();
  plan::Builder builder(params);
  const std::vector<plan::ValueId> in{builder.input({0x1p30}), builder.input({0x1p30})};
  const auto layer = builder.add_layer({"conv",
                                        {plan::conv2d_operator(conv, {2, 4, 4}), layout, layout,
                                         plan::SlotMatrix::Form::kPlaced, true},
                                        {0, 0, true, false}});
  const auto& babies = builder.layer(layer).babies;
  std::vector<plan::ValueId> turned;
  for (const auto& baby : babies)
    turned.push_back(builder.rotate_sum({in[baby.ciphertext]}, {baby.step}));
  auto outputs = builder.product_sums(layer, turned, {0x1p30});
  const auto program = std::move(builder).finish(std::move(outputs));
  const ckks::Encoder encoder(params);
  ThreadPool pool(1);
  SilentProgress silent;
  const EncodedConstants constants(program, encoder, pool, silent);
  const std::size_t distinct = program.layers[layer].terms.size() / 2;
  const auto level = program.type({0}).level;
  EXPECT_EQ(constants.bytes(), distinct * params.shape(level).words() * sizeof(std::uint32_t));
}

TEST(EncodedConstants, TakeTheMemoryThatWasExpectedOrLess) {
  std::size_t as_expected = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{200000}}) {
      const Encoded e(seed, budget);
      const auto expected = EncodedConstants::expected_bytes(e.program, *e.params, budget);
      const auto taken = e.constants->bytes();
      EXPECT_LT(static_cast<double>(taken), 1.1 * static_cast<double>(expected)) << "seed " << seed;
      as_expected += taken > expected / 2 ? 1 : 0;
    }
  EXPECT_GT(as_expected, 20U);
}

TEST(EncodedConstants, AreShortWhereTheWeightsRepeat) {
  plan::testing_networks::Draw draw(1);
  const graph::Conv2d conv{.weight = draw.tensor({4, 4, 3, 3}, 1)};
  const auto in = plan::Layout::parse("4x8x8: c0 c1 - x0 x1 x2 y0 y1 y2 |").value();
  const auto out = plan::Layout::parse("4x6x6: c0 c1 - x0 x1 x2 y0 y1 y2 |").value();
  const auto params = ckks::testing::toy_params({10, 2, 1, 30}).value();
  plan::Builder builder(params);
  const auto input = builder.input({0x1p30});
  const auto layer = builder.add_layer(
      {"conv",
       {plan::conv2d_operator(conv, {4, 8, 8}), in, out, plan::SlotMatrix::Form::kPlaced, true},
       {0, 2, false, false}});
  std::vector<plan::ValueId> turned;
  for (const auto& baby : builder.layer(layer).babies)
    turned.push_back(builder.rotate_sum({input}, {baby.step}));
  auto outputs = builder.product_sums(layer, turned, {0x1p30});
  const auto program = std::move(builder).finish(std::move(outputs));
  const auto level = program.type({0}).level;
  const ckks::Encoder encoder(params);
  ThreadPool pool(2);
  SilentProgress silent;
  const EncodedConstants constants(program, encoder, pool, silent);
  ASSERT_NE(constants.repeated(layer), nullptr);
  EXPECT_EQ(constants.repeated(layer)->run(), params.slots() / ckks::kMinPeriod);
  EXPECT_EQ(constants.bytes(), constants.repeated(layer)->bytes());

  const auto& source = program.layers[layer];
  std::vector<ckks::Ciphertext> cts;
  for (std::uint32_t k = 0; k < source.babies.size(); ++k)
    cts.push_back(arbitrary_ciphertext(params, level, k + 1));
  std::vector<const ckks::Ciphertext*> inputs;
  for (const auto& ct : cts) inputs.push_back(&ct);
  std::vector<ckks::Plaintext> plaintexts;
  for (const auto& slots : source.diagonals_of(0))
    plaintexts.push_back(
        encoder.encode_periodic(std::span(slots).first(ckks::kMinPeriod), level, {0x1p30}));
  std::vector<const ckks::Plaintext*> matrix(source.giants.size() * source.babies.size());
  for (std::size_t t = 0; t < source.terms.size(); ++t)
    matrix[source.terms[t].giant * source.babies.size() + source.terms[t].baby] = &plaintexts[t];

  ckks::Workspace workspace;
  const auto want =
      ckks::multiply_accumulate(params, inputs, {matrix, source.giants.size()}, workspace);
  auto got = ckks::make_products(params, inputs, {0x1p30}, source.giants.size(), workspace);
  std::vector<ckks::Ciphertext*> sums;
  for (auto& sum : got) sums.push_back(&sum);
  LimbScratch scratch;
  for (std::uint32_t limb = 0; limb < level.limbs(); ++limb)
    constants.multiply_accumulate_limb(params, layer, sums, inputs, limb, scratch);
  for (std::size_t row = 0; row < got.size(); ++row)
    for (std::size_t part = 0; part < 2; ++part)
      for (std::uint32_t limb = 0; limb < level.limbs(); ++limb)
        EXPECT_TRUE(
            std::ranges::equal(got[row].part(part).limb(limb), want[row].part(part).limb(limb)));
}

}  // namespace
}  // namespace veilray::runtime
