#include "cli/unit_times.h"

#include <gtest/gtest.h>

#include <cmath>

namespace veilray::cli {
namespace {

TEST(UnitTimes, AreMeasuredOneByOne) {
  const auto units = measure_unit_times(ckks::Params::create({13, 3, 1, 30}).value());
  for (const double us : {units.ntt_us, units.multiply_us, units.key_us, units.touch_us,
                          units.stream_us, units.repeated_us, units.switch_factor}) {
    EXPECT_TRUE(std::isfinite(us));
    EXPECT_GT(us, 0.0);
  }
}

}  // namespace
}  // namespace veilray::cli
