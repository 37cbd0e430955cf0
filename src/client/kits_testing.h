#pragma once
// For tests: a kit of no model, with few keys.
#include "plan/client_kit.h"

namespace veilray::client::testing_kits {

inline plan::ClientKit small_kit(std::uint8_t id = 1) {
  plan::ClientKit kit;
  kit.name = "small";
  kit.version = "1";
  kit.id.fill(std::byte{id});
  kit.outputs = 5;
  kit.params = {13, 3, 1, 30};
  kit.input = plan::Layout::parse("5x1x1: c0 c1 c2 = = = = = = = = = |").value();
  kit.input_scale = 0x1p30;
  kit.rotations = {{1, {2}}, {8, {0}}};
  kit.relinearization = {1};
  return kit;
}

}  // namespace veilray::client::testing_kits
