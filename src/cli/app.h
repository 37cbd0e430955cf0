#pragma once

namespace veilray::cli {

/// The whole program: understands the command line, runs one command, prints its report or one
/// error line. Returns the exit code and never throws.
int run_program(int argc, const char* const* argv);

}  // namespace veilray::cli
