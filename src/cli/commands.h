#pragma once
// Every command of the program: one file each in commands/.
#include <span>

#include "cli/app.h"
#include "cli/command.h"

namespace veilray::cli {

Action add_bench(CLI::App& command);
Action add_classify(CLI::App& command);
Action add_compile(CLI::App& command);
Action add_decode(CLI::App& command);
Action add_decrypt(CLI::App& command);
Action add_encode(CLI::App& command);
Action add_encrypt(CLI::App& command);
Action add_eval(CLI::App& command);
Action add_infer(CLI::App& command);
Action add_inspect(CLI::App& command);
Action add_keygen(CLI::App& command);
Action add_phantom(CLI::App& command);
Action add_run(CLI::App& command);
Action add_train(CLI::App& command);

/// In the order of the help page.
std::span<const Entry> all_commands();

}  // namespace veilray::cli
