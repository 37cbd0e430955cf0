#pragma once

namespace veilray::train {

/// Lets freed memory stay with the process instead of going back to the system: every step of a
/// training frees tensors of tens of megabytes and asks for the same again, and the page faults of
/// fresh memory take up to half of its time. To be called before the first thread starts.
void keep_freed_memory() noexcept;

}  // namespace veilray::train
