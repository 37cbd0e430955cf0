#include "plan/diagonals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "plan/layouts_testing.h"
#include "plan/plan.h"
#include "plan/program.h"

namespace veilray::plan {
namespace {

using testing_layouts::Case;
using testing_layouts::Draw;
using testing_layouts::Entry;
using testing_layouts::for_each_entry;
using testing_layouts::random_matrix;
using testing_layouts::Slots;

constexpr std::uint64_t kDiagonalsSeeds = 150;

/// Every entry, one by one: nothing is assumed about diagonals.
Slots apply_entries(const SlotMatrix& matrix, const Slots& in) {
  Slots out(matrix.out.ciphertexts(), std::vector<double>(matrix.out.slots(), 0.0));
  for (std::uint32_t ct = 0; ct < out.size(); ++ct)
    for_each_entry(matrix, ct, [&](const Entry& e) {
      out[ct][e.out_slot] +=
          e.weight * in[e.diagonal.in][(e.out_slot + e.diagonal.distance) % matrix.in.slots()];
    });
  return out;
}

void add_bias(const SlotMatrix& matrix, Slots& out) {
  for (std::uint32_t ct = 0; ct < out.size(); ++ct) {
    const auto bias = matrix.bias_slots(ct);
    for (std::size_t i = 0; i < bias.size(); ++i) out[ct][i] += bias[i];
  }
}

TEST(SlotMatrix, ComputesTheOperatorBetweenAnyTwoLayouts) {
  for (std::uint64_t seed = 0; seed < kDiagonalsSeeds; ++seed)
    for (const bool spill : {false, true}) {
      Draw draw(seed);
      const Case one = testing_layouts::random_case(draw);
      const auto matrix = random_matrix(draw, one, SlotMatrix::Form::kPlaced, spill);
      const auto input = draw.tensor(one.op.in_shape, 1);
      auto out = apply_entries(matrix, pack(input, matrix.in));
      add_bias(matrix, out);
      EXPECT_LT(
          testing_layouts::largest_relative_error(unpack(out, matrix.out), run(one.network, input)),
          1e-5)
          << one.name << ", seed " << seed << ", spill " << spill << "\n"
          << matrix.in.text() << "\n"
          << matrix.out.text();
    }
}

TEST(SlotMatrix, FillsEveryReplicaOfItsOutput) {
  for (std::uint64_t seed = 0; seed < kDiagonalsSeeds; ++seed) {
    Draw draw(seed);
    const Case one = testing_layouts::random_case(draw);
    const auto matrix = random_matrix(draw, one, SlotMatrix::Form::kPlaced, draw.coin());
    const auto out = apply_entries(matrix, pack(draw.tensor(one.op.in_shape, 1), matrix.in));
    for (const auto& slots : out)
      for (std::size_t i = 0; i < slots.size(); ++i)
        EXPECT_NEAR(slots[i], slots[i & ~matrix.out.copy_bits()], 1e-12) << "seed " << seed;
  }
}

std::size_t diagonals_of_a_convolution(const char* in, const char* out) {
  Draw draw(1);
  const graph::Conv2d conv{.weight = draw.tensor({8, 4, 3, 3}, 1)};
  return SlotMatrix{conv2d_operator(conv, {4, 8, 8}), Layout::parse(in).value(),
                    Layout::parse(out).value(), SlotMatrix::Form::kPlaced, true}
      .diagonals()
      .size();
}

TEST(SlotMatrix, ReadsTheCopyThatStandsBesideTheOutput) {
  const char* const out = "8x6x6: c2 c0 c1 x0 x1 x2 y0 y1 y2 |";
  // By row of the kernel: channels -3 to 3 apart, columns 0 to 2 times 4. Output bit c2 adds none.
  EXPECT_EQ(diagonals_of_a_convolution("4x8x8: = c0 c1 x0 x1 x2 y0 y1 y2 |", out), 3U * 15);
  EXPECT_EQ(diagonals_of_a_convolution("4x8x8: - c0 c1 x0 x1 x2 y0 y1 y2 |", out), 3U * 30);
}

TEST(SlotMatrix, LeavesZeroOutsideItsOutputUnlessItMaySpill) {
  for (std::uint64_t seed = 0; seed < kDiagonalsSeeds; ++seed) {
    Draw draw(seed);
    const Case one = testing_layouts::random_case(draw);
    const auto matrix = random_matrix(draw, one, SlotMatrix::Form::kPlaced, false);
    const auto out = apply_entries(matrix, pack(draw.tensor(one.op.in_shape, 1), matrix.in));
    // Unpacked and packed again is what it was: nothing stood anywhere else.
    const auto again = pack(unpack(out, matrix.out), matrix.out);
    for (std::size_t ct = 0; ct < out.size(); ++ct)
      for (std::size_t i = 0; i < out[ct].size(); ++i)
        EXPECT_NEAR(out[ct][i], again[ct][i], 1e-5) << "seed " << seed;
  }
}

/// The entries that reach an element of the output.
std::map<std::tuple<Diagonal, std::uint32_t>, double> read_entries(const SlotMatrix& matrix) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> read;
  const auto& shape = matrix.out.shape();
  for (std::int64_t c = 0; c < shape[0]; ++c)
    for (std::int64_t y = 0; y < shape[1]; ++y)
      for (std::int64_t x = 0; x < shape[2]; ++x) {
        const Place place = matrix.out.place(c, y, x);
        for (const std::uint32_t copy : sums_of_bits(matrix.out.copy_bits()))
          read.insert({place.ciphertext, place.slot + copy});
      }
  std::map<std::tuple<Diagonal, std::uint32_t>, double> entries;
  for (std::uint32_t ct = 0; ct < matrix.out.ciphertexts(); ++ct)
    for_each_entry(matrix, ct, [&](const Entry& e) {
      if (read.contains({ct, e.out_slot})) entries[{e.diagonal, e.out_slot}] += e.weight;
    });
  return entries;
}

TEST(Spill, NeverChangesWhatIsRead) {
  for (std::uint64_t seed = 0; seed < kDiagonalsSeeds; ++seed) {
    Draw draw(seed);
    const Case one = testing_layouts::random_convolution_case(draw);
    auto matrix = random_matrix(draw, one, SlotMatrix::Form::kPlaced, false);
    const auto without = read_entries(matrix);
    matrix.spill = true;
    EXPECT_EQ(read_entries(matrix), without) << "seed " << seed;
  }
}

TEST(Spill, MakesTheDiagonalsOfAnUnpaddedConvolutionTheSameAtAllPositions) {
  Draw draw(1);
  const tensor::Shape in{2, 8, 8};
  const graph::Conv2d conv{.weight = draw.tensor({2, 2, 3, 3}, 1)};
  SlotMatrix matrix{conv2d_operator(conv, in), testing_layouts::plain_layout(in, 7),
                    testing_layouts::plain_layout({2, 6, 6}, 7), SlotMatrix::Form::kPlaced, true};
  // Kernel positions times channel differences: with two channels in two halves of the slots, one
  // up is one down.
  EXPECT_EQ(matrix.diagonals().size(), 2U * 9U);
  // Two inputs feed each of two outputs at every one of 8 x 8 positions, through nine weights.
  std::size_t entries = 0;
  for_each_entry(matrix, 0, [&](const Entry&) { ++entries; });
  EXPECT_EQ(entries, 2U * 2U * 9U * 64U);
}

TEST(WeightPeriod, IsOneThatEveryDiagonalRepeatsWith) {
  std::size_t repeated = 0;
  for (std::uint64_t seed = 0; seed < kDiagonalsSeeds; ++seed) {
    Draw draw(seed);
    const Case one = testing_layouts::random_convolution_case(draw);
    const LinearLayer layer("conv",
                            random_matrix(draw, one, SlotMatrix::Form::kPlaced, seed % 3 != 0),
                            {0, 4, true, false});
    const std::uint32_t period = layer.matrix.weight_period();
    ASSERT_EQ(layer.matrix.out.slots() % period, 0U) << "seed " << seed;
    repeated += period < layer.matrix.out.slots() ? 1 : 0;
    for (std::uint32_t out = 0; out < layer.matrix.out.ciphertexts(); ++out) {
      auto short_ones = layer.diagonals_of(out, period);
      auto next = short_ones.begin();
      for (const auto& slots : layer.diagonals_of(out)) {
        EXPECT_TRUE(std::equal(slots.begin() + period, slots.end(), slots.begin()))
            << "seed " << seed << ", period " << period << "\n"
            << layer.matrix.in.text() << "\n"
            << layer.matrix.out.text();
        EXPECT_TRUE(std::equal(slots.begin(), slots.begin() + period, (next++)->begin()))
            << "seed " << seed << ", period " << period;
      }
    }
  }
  EXPECT_GT(repeated, 0U);
}

TEST(WeightPeriod, IsThatOfTheBitsBelowThePositions) {
  Draw draw(1);
  const graph::Conv2d conv{.weight = draw.tensor({4, 4, 3, 3}, 1)};
  const auto period = [&](const char* in, const char* out, bool spill) {
    return SlotMatrix{conv2d_operator(conv, {4, 8, 8}), Layout::parse(in).value(),
                      Layout::parse(out).value(), SlotMatrix::Form::kPlaced, spill}
        .weight_period();
  };
  const char* const channels_first = "4x8x8: c0 c1 - x0 x1 x2 y0 y1 y2 |";
  EXPECT_EQ(period(channels_first, "4x6x6: c0 c1 - x0 x1 x2 y0 y1 y2 |", true), 4U);
  EXPECT_EQ(period(channels_first, "4x6x6: c0 c1 - x0 x1 x2 y0 y1 y2 |", false), 512U);
  // A phase in the slots counts: what it reads depends on it.
  EXPECT_EQ(
      period("4x8x8: c0 c1 x0 x1 x2 - y0 y1 y2 |", "4x6x6: c0 c1 x0 x1 x2 - y0 y1 y2 |", true), 4U);
  EXPECT_EQ(
      period("4x8x8: c0 c1 x0 x1 x2 y0 y1 y2 - |", "4x6x6: c0 x0 c1 x1 x2 y0 y1 y2 - |", true), 8U);
  EXPECT_EQ(
      period("4x8x8: x0 x1 x2 y0 y1 y2 c0 c1 - |", "4x6x6: x0 x1 x2 y0 y1 y2 c0 c1 - |", true),
      256U);
}

TEST(SlotMatrix, ListsExactlyTheDiagonalsThatItsEntriesLieOn) {
  for (std::uint64_t seed = 0; seed < kDiagonalsSeeds; ++seed) {
    Draw draw(seed);
    const Case one = testing_layouts::random_case(draw);
    const auto matrix = random_matrix(draw, one, SlotMatrix::Form::kPlaced, draw.coin());
    std::set<Diagonal> found;
    for (std::uint32_t ct = 0; ct < matrix.out.ciphertexts(); ++ct) {
      std::size_t stretches = 0;
      matrix.for_each_run(ct, matrix.out.slots(), [&](const EntryRun& run) {
        stretches += run.stride == 1 ? 1 : run.count;
      });
      EXPECT_EQ(matrix.count_stretches(ct, matrix.out.slots()), stretches) << "seed " << seed;
      for_each_entry(matrix, ct, [&](const Entry& e) {
        EXPECT_EQ(e.diagonal.out, ct);
        EXPECT_LT(e.diagonal.distance, matrix.in.period());
        found.insert(e.diagonal);
      });
    }
    const auto listed = matrix.diagonals();
    EXPECT_TRUE(std::is_sorted(listed.begin(), listed.end()));
    EXPECT_EQ(std::set<Diagonal>(listed.begin(), listed.end()), found) << "seed " << seed;
    EXPECT_EQ(found.size(), listed.size()) << "a diagonal is listed twice, seed " << seed;
  }
}

TEST(FoldedMatrix, HoldsEachLogitInEverySlotOfItsClassOnceFolded) {
  for (std::uint64_t seed = 0; seed < kDiagonalsSeeds; ++seed) {
    Draw draw(seed);
    const Case one = testing_layouts::random_dense_case(draw);
    const auto matrix = random_matrix(draw, one, SlotMatrix::Form::kFolded, false);
    const auto input = draw.tensor(one.op.in_shape, 1);
    auto sums = apply_entries(matrix, pack(input, matrix.in));
    const std::uint32_t period = matrix.out.period();
    std::vector<double> folded(matrix.out.slots(), 0.0);
    for (std::size_t i = 0; i < folded.size(); ++i)
      for (std::size_t k = i % period; k < folded.size(); k += period) folded[i] += sums[0][k];
    sums[0] = folded;
    add_bias(matrix, sums);
    const auto want = run(one.network, input);
    for (std::size_t i = 0; i < folded.size(); ++i) {
      const double logit =
          i % period < want.data.size() ? static_cast<double>(want.data[i % period]) : 0.0;
      EXPECT_NEAR(sums[0][i], logit, 1e-4) << "slot " << i << ", seed " << seed;
    }
    EXPECT_LE(matrix.diagonals().size(), std::size_t{matrix.in.ciphertexts()} * period);
  }
}

TEST(StepSplit, BabyAndGiantMakeTheDistanceWhateverTheFields) {
  constexpr std::uint32_t kLog = 7, kSlots = 1 << kLog;
  for (std::uint32_t low = 0; low <= kLog; ++low)
    for (std::uint32_t high = low; high <= kLog; ++high)
      for (const bool middle_is_giant : {false, true})
        for (const bool centred : {false, true}) {
          const StepSplit split{low, high, middle_is_giant, centred};
          std::set<std::uint32_t> middles;
          for (std::uint32_t distance = 0; distance < kSlots; ++distance) {
            const auto [baby, giant] = split(distance, kSlots);
            ASSERT_LT(baby, kSlots);
            ASSERT_LT(giant, kSlots);
            ASSERT_EQ((baby + giant) % kSlots, distance);
            const std::uint32_t middle = middle_is_giant ? giant : baby;
            EXPECT_EQ(middle % (1U << low), 0U) << "the middle field lies above bit `low`";
            middles.insert(middle);
          }
          // A field of high - low bits; centred, its remainder may carry into one value more.
          EXPECT_LE(middles.size(), (std::size_t{1} << (high - low)) + (centred ? 1 : 0));
        }
}

}  // namespace
}  // namespace veilray::plan
