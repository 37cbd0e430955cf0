#pragma once
// A program of several commands: `veilray`, and `veilray-train` beside it.
#include <span>

#include "cli/command.h"

namespace veilray::cli {

struct Entry {
  const char* name;
  const char* does;
  AddCommand add;
};

struct Program {
  const char* name;
  const char* about;
  const char* example;
  std::span<const Entry> commands;
};

/// The whole program: understands the command line, runs one command, prints its report or one
/// error line. Returns the exit code and never throws.
int run_program(const Program& program, int argc, const char* const* argv);

}  // namespace veilray::cli
