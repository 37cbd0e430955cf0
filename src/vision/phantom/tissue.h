#pragma once
// Centimetres of water that the beam passes at a point: body, less the air in the lungs.
#include "vision/phantom/anatomy.h"
#include "vision/phantom/geometry.h"

namespace veilray::vision::phantom {

/// Bones, vessels and devices aside.
double water_cm(const Anatomy& anatomy, Point at);

/// How aerated lung tissue is at a point, 1 is healthy: what is left of the vessels' contrast.
double aeration(const Anatomy& anatomy, Point at);

}  // namespace veilray::vision::phantom
