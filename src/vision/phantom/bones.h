#pragma once
// Everything that is drawn as lines: bones, vessels, wires.
#include <vector>

#include "vision/phantom/anatomy.h"
#include "vision/phantom/geometry.h"
#include "vision/phantom/random.h"

namespace veilray::vision::phantom {

struct RibCage {
  std::vector<Tube> behind;
  std::vector<Tube> in_front;  // turns to cartilage towards the midline
};
RibCage rib_cage(const Anatomy& anatomy, Dice& dice);
std::vector<Tube> clavicles_and_arms(Dice& dice);
std::vector<Tube> lung_vessels(const Anatomy& anatomy, Dice& dice);
/// Leads of a pacemaker and the marker for the patient's left.
std::vector<Tube> leads(const Anatomy& anatomy);
std::vector<Tube> side_marker();

/// Attenuation of the spine, the shoulder blades, and the pacemaker's case at a point.
double spine_attenuation(Point at);
double shoulder_blade_attenuation(Point at);
double device_attenuation(const Anatomy& anatomy, Point at);

}  // namespace veilray::vision::phantom
