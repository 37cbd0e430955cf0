#include "plan/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace veilray::plan {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

template <class T>
std::uint32_t position(const std::vector<T>& sorted, const T& value) {
  return static_cast<std::uint32_t>(std::lower_bound(sorted.begin(), sorted.end(), value) -
                                    sorted.begin());
}

}  // namespace

LinearLayer::LinearLayer(std::string layer_name, SlotMatrix slot_matrix, StepSplit step_split)
    : name(std::move(layer_name)), matrix(std::move(slot_matrix)), split(step_split) {
  const std::uint32_t slots = matrix.out.slots();
  auto diagonals = matrix.diagonals();
  // A ciphertext of the result that nothing feeds is a product all the same: with zero.
  std::vector<bool> fed(matrix.out.ciphertexts());
  for (const Diagonal& d : diagonals) fed[d.out] = true;
  for (std::uint32_t out = 0; out < fed.size(); ++out)
    if (!fed[out]) diagonals.push_back({out, 0, 0});
  for (const Diagonal& d : diagonals) {
    const auto [baby, giant] = split(d.distance, slots);
    babies.push_back({d.in, baby});
    giants.push_back({d.out, giant});
  }
  sort_unique(babies);
  sort_unique(giants);
  for (const Diagonal& d : diagonals) {
    const auto [baby, giant] = split(d.distance, slots);
    terms.push_back({position(giants, {d.out, giant}), position(babies, {d.in, baby}), d});
  }
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
    return std::tie(a.giant, a.baby) < std::tie(b.giant, b.baby);
  });
}

std::pair<std::uint32_t, std::uint32_t> LinearLayer::terms_of(std::uint32_t out) const {
  const auto out_of = [&](const Term& term) { return giants[term.giant].ciphertext; };
  const auto first = std::partition_point(terms.begin(), terms.end(),
                                          [&](const Term& t) { return out_of(t) < out; });
  const auto last =
      std::partition_point(first, terms.end(), [&](const Term& t) { return out_of(t) <= out; });
  return {static_cast<std::uint32_t>(first - terms.begin()),
          static_cast<std::uint32_t>(last - terms.begin())};
}

void LinearLayer::for_each_run(
    std::uint32_t out, std::uint32_t period,
    const std::function<void(std::uint32_t, const SlotRun&)>& visit) const {
  const std::uint32_t slots = matrix.out.slots();
  const auto [first, last] = terms_of(out);
  // (input, distance) -> term, as a table: a convolution has millions of entries.
  std::vector<std::uint32_t> term_of(std::size_t{matrix.in.ciphertexts()} * slots);
  for (auto t = first; t < last; ++t)
    term_of[std::size_t{terms[t].diagonal.in} * slots + terms[t].diagonal.distance] = t - first;

  matrix.for_each_run(out, period, [&](const EntryRun& run) {
    const auto term = term_of[std::size_t{run.diagonal.in} * slots + run.diagonal.distance];
    const std::uint32_t giant = giants[terms[first + term].giant].step;
    const std::uint32_t start = (run.out_slot + giant) & (period - 1);
    const std::uint32_t fitting =
        std::min(run.count, (period - start + run.stride - 1) / run.stride);
    visit(term, {start, fitting, run.stride, run.weight});
    if (fitting < run.count)
      visit(term,
            {start + fitting * run.stride - period, run.count - fitting, run.stride, run.weight});
  });
}

std::vector<std::vector<double>> LinearLayer::diagonals_of(std::uint32_t out,
                                                           std::uint32_t period) const {
  const auto [first, last] = terms_of(out);
  std::vector<std::vector<double>> slots(last - first, std::vector<double>(period, 0.0));
  for_each_run(out, period, [&](std::uint32_t term, const SlotRun& run) {
    for (std::uint32_t k = 0; k < run.count; ++k)
      slots[term][run.first + k * run.stride] += run.weight;
  });
  return slots;
}

const char* op_name(const Operation& operation) {
  static constexpr const char* kNames[] = {
      "input",       "hoist",   "rotate_hoisted",   "product_sums",
      "rotate_sum",  "add",     "add_bias",         "sum_of_squares",
      "relinearize", "rescale", "multiply_integer", "add_constant",
      "multiply",    "drop"};
  static_assert(std::size(kNames) == std::variant_size_v<Operation>);
  return kNames[operation.index()];
}

std::vector<ValueId> operands(const Operation& operation) {
  using Ids = std::vector<ValueId>;
  return std::visit(Overloaded{[](const op::Input&) { return Ids{}; },
                               [](const op::RotateHoisted& o) { return Ids{o.in, o.hoisted}; },
                               [](const op::Multiply& o) { return Ids{o.a, o.b}; },
                               [](const auto& o) {
                                 if constexpr (requires { o.inputs; }) {
                                   return o.inputs;
                                 } else {
                                   return Ids{o.in};
                                 }
                               }},
                    operation);
}

std::vector<KeyedRotation> rotations(const Program& program) {
  std::map<std::uint32_t, ckks::Level> levels;
  const auto need = [&](std::uint32_t step, ValueId in) {
    if (step == 0) return;
    auto& level = levels.try_emplace(step, ckks::Level{0}).first->second;
    level = std::max(level, program.type(in).level);
  };
  for (const Step& step : program.steps) {
    if (const auto* rotate = std::get_if<op::RotateHoisted>(&step.operation))
      need(rotate->step, rotate->in);
    if (const auto* sum = std::get_if<op::RotateSum>(&step.operation))
      for (std::size_t k = 0; k < sum->inputs.size(); ++k) need(sum->steps[k], sum->inputs[k]);
  }
  std::vector<KeyedRotation> found;
  found.reserve(levels.size());
  for (const auto& [step, level] : levels) found.push_back({step, level});
  return found;
}

ckks::Level relinearization_level(const Program& program) {
  ckks::Level highest{0};
  for (const Step& step : program.steps)
    if (const auto* relinearize = std::get_if<op::Relinearize>(&step.operation))
      highest = std::max(highest, program.type(relinearize->in).level);
  return highest;
}

std::string print(const Program& program) {
  std::string out;
  for (const Step& step : program.steps) {
    const ValueType& type = program.type(step.first);
    std::string arguments;
    for (const ValueId id : operands(step.operation)) arguments += fmt::format(" %{}", id.value);
    if (const auto* rotate = std::get_if<op::RotateHoisted>(&step.operation))
      arguments += fmt::format(" by {}", rotate->step);
    if (const auto* sum = std::get_if<op::RotateSum>(&step.operation))
      arguments += fmt::format(" by {}", fmt::join(sum->steps, " "));
    if (const auto* products = std::get_if<op::ProductSums>(&step.operation)) {
      const auto& layer = program.layers[products->layer];
      arguments = fmt::format(" {} babies={} diagonals={}", layer.name, layer.babies.size(),
                              layer.terms.size());
    }
    out += fmt::format("%{}", step.first.value);
    if (step.results > 1) out += fmt::format("..{}", step.first.value + step.results - 1);
    out += fmt::format(" = {}{} : level {} scale 2^{:.2f}{}\n", op_name(step.operation), arguments,
                       type.level.value, std::log2(type.scale.value),
                       type.degree == 2 ? " degree 2" : "");
  }
  return out;
}

}  // namespace veilray::plan
