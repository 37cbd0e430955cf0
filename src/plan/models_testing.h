#pragma once
// For tests: a whole model, planned by nobody, at secure parameters.
#include <utility>

#include "plan/model.h"
#include "plan/networks_testing.h"

namespace veilray::plan::testing_models {

inline Model tiny_model(std::uint64_t seed = 1) {
  Model model;
  model.name = "tiny";
  model.architecture = "tiny, attention none";
  model.id.fill(static_cast<std::byte>(seed));
  model.labels = {"Edema", "Nodule", "No Finding"};
  model.network = testing_networks::tiny_network(seed);
  testing_networks::Draw draw(seed);
  model.plan = testing_networks::random_plan(draw, stages(model.network).value(), 12);
  model.plan.predicted_error = 1.25e-4;
  model.plan.ranges = {1.0, 0.1, 12.345678901234567};
  model.plan.flood_bits = 17;
  return model;
}

inline LoadedModel tiny_loaded(std::uint64_t seed = 1) {
  return assemble(tiny_model(seed)).value();
}

}  // namespace veilray::plan::testing_models
