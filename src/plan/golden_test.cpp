// Snapshots of what the planner decides, so that a change of mind is seen in review. To accept one,
// run this test with VEILRAY_UPDATE_GOLDEN=1 and commit what it wrote.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/file.h"
#include "graph/architectures/registry.h"
#include "plan/cost.h"
#include "plan/networks_testing.h"
#include "plan/search.h"
#include "plan/stages.h"
#include "plan/verify.h"

namespace veilray::plan {
namespace {

/// The plan of the first candidate at 2^log_n whose answer leaves as a product.
Plan plan_at(const std::vector<Stage>& network_stages, std::uint32_t log_n) {
  SilentProgress silent;
  const auto trial = [&](const Program& program, const Plan&, const ckks::Params& params) {
    return TrialResult{params.log_n() == log_n ? 0.0 : 1.0,
                       std::vector<double>(program.values.size(), 1.0)};
  };
  return search(network_stages, {.precision = 1e-3, .largest_logit = 8}, trial, silent).value();
}

std::string rotation_list(const Program& program) {
  std::string out;
  for (const auto& [step, level] : rotations(program))
    out += fmt::format(" {}@{}", step, level.value);
  return out;
}

std::string summary(const std::vector<Stage>& network_stages, const Plan& plan,
                    const Program& program) {
  std::string out =
      fmt::format("N = 2^{}, {} chain primes, {} special primes, {}\n", plan.params.log_n,
                  plan.params.chain_primes, plan.params.special_primes,
                  plan.rescale_last ? "the answer is rescaled" : "the answer leaves as a product");
  out += fmt::format("input {}\n", plan.input.text());
  for (std::size_t s = 0; s < network_stages.size(); ++s) {
    const LinearLayer& layer = program.layers[s];
    std::set<Diagonal> diagonals;
    for (const auto& term : layer.terms) diagonals.insert(term.diagonal);
    const StepSplit& split = plan.stages[s].split;
    out += fmt::format("{} {}\n", layer.name, plan.stages[s].out.text());
    out += fmt::format(
        "  {} diagonals, {} babies, {} giants; bits {}..{} are {} steps{}{}\n", diagonals.size(),
        layer.babies.size(), layer.giants.size(), split.low, split.high,
        split.middle_is_giant ? "giant" : "baby", split.centred ? ", centred" : "",
        network_stages[s].pool > 1 ? fmt::format("; then pooled by {}", network_stages[s].pool)
                                   : "");
  }
  const auto counts = count_operations(program);
  out += fmt::format(
      "{} steps: {} hoists, {} hoisted rotations, {} rotations, {} relinearisations, {} rescales, "
      "{} products; {} key switches\n",
      program.steps.size(), counts.hoists, counts.hoisted_rotations, counts.rotations,
      counts.relinearizations, counts.rescales, counts.products, counts.key_switches());
  out += fmt::format("relinearisation key at level {}, {} rotation keys, step@level:{}\n",
                     relinearization_level(program).value, rotations(program).size(),
                     rotation_list(program));
  return out;
}

void expect_golden(const std::string& name, const std::string& got) {
  const std::filesystem::path path = std::filesystem::path(VEILRAY_GOLDEN) / name;
  if (std::getenv("VEILRAY_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(path, as_bytes(got), {Overwrite::kReplace}).ok());
  }
  const auto bytes = read_file(path, 1 << 20);
  ASSERT_TRUE(bytes.ok()) << bytes.failure().line();
  const std::string want(reinterpret_cast<const char*>(bytes.value().data()), bytes.value().size());
  EXPECT_EQ(got, want) << "VEILRAY_UPDATE_GOLDEN=1 accepts the new " << name;
}

/// What nothing reads: only inputs and an odd pool may leave such values.
std::vector<std::uint32_t> unread(const Program& program) {
  std::vector<bool> read(program.values.size(), false);
  for (const Step& step : program.steps)
    for (const ValueId id : operands(step.operation)) read[id.value] = true;
  for (const ValueId id : program.outputs) read[id.value] = true;
  std::vector<std::uint32_t> ids;
  for (std::uint32_t v = 0; v < read.size(); ++v)
    if (!read[v]) ids.push_back(v);
  return ids;
}

void check_program(const Program& program, const ckks::Params& params) {
  const auto keys = rotations(program);
  const auto status = verify(program, params, {keys, relinearization_level(program)});
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.failure().line());
  EXPECT_TRUE(unread(program).empty()) << fmt::format("{}", fmt::join(unread(program), " "));
}

TEST(Golden, ProgramOfATinyNetwork) {
  const auto network_stages = stages(testing_networks::tiny_network()).value();
  const Plan plan = plan_at(network_stages, 13);
  const auto params = ckks::Params::create(plan.params).value();
  const Program program = lower(network_stages, plan, params);
  check_program(program, params);
  expect_golden("tiny_program.txt", summary(network_stages, plan, program) + print(program));
}

/// The weights do not matter to the planner.
tensor::TensorFile ones(const graph::TensorList& list) {
  tensor::TensorFile file;
  for (const auto& [name, shape] : list) {
    file.tensors[name] = tensor::Tensor::zeros(shape);
    std::fill(file.tensors[name].data.begin(), file.tensors[name].data.end(), 1.0F);
  }
  return file;
}

TEST(Golden, PlanOfHefnet) {
  const graph::ArchitectureSpec spec;
  const auto weights = ones(graph::expected_tensors(spec).value());
  const auto network =
      graph::lower_to_linear_and_polynomial(graph::build(spec, weights).value()).value();
  const auto network_stages = stages(network).value();
  const Plan plan = plan_at(network_stages, 14);
  const auto params = ckks::Params::create(plan.params).value();
  EXPECT_EQ(params.security_bits(), 128U);
  const Program program = lower(network_stages, plan, params);
  check_program(program, params);
  expect_golden("hefnet_plan.txt", summary(network_stages, plan, program));
}

}  // namespace
}  // namespace veilray::plan
