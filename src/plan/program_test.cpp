#include "plan/program.h"

#include <gtest/gtest.h>

#include <map>

#include "plan/networks_testing.h"

namespace veilray::plan {
namespace {

using testing_layouts::Draw;
using testing_layouts::Entry;
using testing_layouts::for_each_entry;
using testing_layouts::random_layout;

constexpr std::uint32_t kLogSlots = 8;
constexpr std::uint32_t kSlots = 1 << kLogSlots;

LinearLayer random_layer(Draw& draw) {
  const auto one = testing_layouts::random_case(draw);
  return {
      "layer",
      {one.op, random_layout(draw, one.op.in_shape, kLogSlots),
       random_layout(draw, one.op.out_shape, kLogSlots), SlotMatrix::Form::kPlaced, draw.coin()},
      testing_networks::random_split(draw, kLogSlots)};
}

TEST(LinearLayer, NamesEachDiagonalOnceWithTheStepsThatMakeIt) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Draw draw(seed);
    const LinearLayer layer = random_layer(draw);
    EXPECT_TRUE(std::is_sorted(layer.babies.begin(), layer.babies.end()));
    EXPECT_TRUE(std::is_sorted(layer.giants.begin(), layer.giants.end()));
    std::set<Diagonal> named;
    std::set<std::pair<std::uint32_t, std::uint32_t>> cells;
    for (const auto& term : layer.terms) {
      const auto& baby = layer.babies.at(term.baby);
      const auto& giant = layer.giants.at(term.giant);
      EXPECT_EQ(baby.ciphertext, term.diagonal.in);
      EXPECT_EQ(giant.ciphertext, term.diagonal.out);
      EXPECT_EQ((baby.step + giant.step) % kSlots, term.diagonal.distance % kSlots)
          << "seed " << seed;
      EXPECT_TRUE(named.insert(term.diagonal).second);
      EXPECT_TRUE(cells.insert({term.giant, term.baby}).second) << "seed " << seed;
    }
    for (const Diagonal& d : layer.matrix.diagonals()) EXPECT_TRUE(named.contains(d));
  }
}

TEST(LinearLayer, SplitsItsTermsByOutputCiphertext) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Draw draw(seed);
    const LinearLayer layer = random_layer(draw);
    std::uint32_t at = 0;
    for (std::uint32_t out = 0; out < layer.matrix.out.ciphertexts(); ++out) {
      const auto [first, last] = layer.terms_of(out);
      EXPECT_EQ(first, at);
      EXPECT_LT(first, last) << "even a ciphertext that nothing feeds is a product";
      for (auto t = first; t < last; ++t)
        EXPECT_EQ(layer.giants[layer.terms[t].giant].ciphertext, out);
      at = last;
    }
    EXPECT_EQ(at, layer.terms.size());
  }
}

TEST(LinearLayer, TurnsItsDiagonalsBackByTheGiantStep) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Draw draw(seed);
    const LinearLayer layer = random_layer(draw);
    for (std::uint32_t out = 0; out < layer.matrix.out.ciphertexts(); ++out) {
      std::map<Diagonal, std::vector<double>> wanted;
      for_each_entry(layer.matrix, out, [&](const Entry& e) {
        auto& slots = wanted.try_emplace(e.diagonal, kSlots, 0.0).first->second;
        slots[e.out_slot] += e.weight;
      });
      const auto [first, last] = layer.terms_of(out);
      const auto got = layer.diagonals_of(out);
      ASSERT_EQ(got.size(), last - first);
      for (auto t = first; t < last; ++t) {
        auto turned = got[t - first];  // rotated by the giant step it is the diagonal again
        std::rotate(turned.begin(), turned.begin() + layer.giants[layer.terms[t].giant].step,
                    turned.end());
        auto want = wanted[layer.terms[t].diagonal];
        want.resize(kSlots, 0.0);
        EXPECT_EQ(turned, want) << "seed " << seed;
      }
    }
  }
}

TEST(LinearLayer, MultipliesAnOutputThatNothingFeedsWithZero) {
  // Three rows over two row bits of ciphertexts: there is no fourth row.
  const tensor::Shape in{1, 3, 2};
  const graph::Conv2d conv{.weight = {{1, 1, 1, 1}, {2.0F}}};
  const LinearLayer layer(
      "conv",
      {conv2d_operator(conv, in), Layout::parse("1x3x2: x0 y0 y1 | ").value(),
       Layout::parse("1x3x2: x0 - - | y0 y1").value(), SlotMatrix::Form::kPlaced, true},
      {0, 2, true, false});
  const auto zeros = layer.diagonals_of(3);
  ASSERT_EQ(zeros.size(), 1U);
  EXPECT_EQ(zeros.front(), std::vector<double>(8, 0.0));
}

Program hand_made() {
  Program program;
  program.inputs = 1;
  const auto add = [&](Operation operation, std::uint32_t level, std::uint32_t degree = 1) {
    program.steps.push_back(
        {std::move(operation), {static_cast<std::uint32_t>(program.values.size())}, 1});
    program.values.push_back({ValueType::Kind::kCiphertext, degree, {level}, {0x1p30}});
  };
  add(op::Input{0}, 5);
  add(op::Hoist{{0}}, 5);
  add(op::RotateHoisted{{0}, {1}, 3}, 5);
  add(op::RotateSum{{{0}, {2}}, {0, 7}}, 5);
  add(op::SumOfSquares{{{3}, {2}}}, 5, 2);
  add(op::Relinearize{{4}}, 5);
  add(op::Rescale{{5}}, 4);
  add(op::RotateSum{{{6}, {6}}, {7, 9}}, 4);
  program.outputs = {{7}};
  return program;
}

TEST(Rotations, AreListedOnceAtTheHighestLevelTheyAreUsedAt) {
  const auto keys = rotations(hand_made());
  const std::vector<KeyedRotation> want{{3, {5}}, {7, {5}}, {9, {4}}};
  EXPECT_EQ(keys, want);
}

TEST(RelinearizationLevel, IsTheHighestThatSquaresStandAt) {
  EXPECT_EQ(relinearization_level(hand_made()).value, 5U);
  EXPECT_EQ(relinearization_level(Program{}).value, 0U);
}

TEST(Operands, AreWhatAnOperationReads) {
  const Program program = hand_made();
  EXPECT_TRUE(operands(program.steps[0].operation).empty());
  EXPECT_EQ(operands(program.steps[2].operation), (std::vector<ValueId>{{0}, {1}}));
  EXPECT_EQ(operands(program.steps[3].operation), (std::vector<ValueId>{{0}, {2}}));
  EXPECT_EQ(operands(program.steps[6].operation), (std::vector<ValueId>{{5}}));
}

TEST(Print, WritesALineForEachStep) {
  EXPECT_EQ(print(hand_made()),
            "%0 = input : level 5 scale 2^30.00\n"
            "%1 = hoist %0 : level 5 scale 2^30.00\n"
            "%2 = rotate_hoisted %0 %1 by 3 : level 5 scale 2^30.00\n"
            "%3 = rotate_sum %0 %2 by 0 7 : level 5 scale 2^30.00\n"
            "%4 = sum_of_squares %3 %2 : level 5 scale 2^30.00 degree 2\n"
            "%5 = relinearize %4 : level 5 scale 2^30.00\n"
            "%6 = rescale %5 : level 4 scale 2^30.00\n"
            "%7 = rotate_sum %6 %6 by 7 9 : level 4 scale 2^30.00\n");
}

}  // namespace
}  // namespace veilray::plan
