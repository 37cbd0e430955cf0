#pragma once

namespace veilray::cli {

/// From here on Ctrl-C removes half-written files, says so in one line, and exits with 130;
/// SIGTERM and SIGHUP do the same with 143 and 129. A file that outgrows its limit kills nobody.
void clean_up_when_interrupted();

}  // namespace veilray::cli
