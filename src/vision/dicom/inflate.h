#pragma once
// Raw deflate, as the Deflated Explicit VR transfer syntax has it.
#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"

namespace veilray::vision::dicom {

/// Fails with kMalformed: damaged, cut short, or longer than kMaxFileBytes once inflated.
Result<std::vector<std::byte>> inflate(std::span<const std::byte> deflated);

}  // namespace veilray::vision::dicom
