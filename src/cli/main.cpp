#include "cli/app.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/openmp_spinning.h"

int main(int argc, char** argv) {
  using namespace veilray::cli;
  limit_openmp_spinning(argv);
  clean_up_when_interrupted();
  return run_program(
      {.name = "veilray",
       .about = "Chest X-ray findings computed on a ciphertext.\nNot a medical device.",
       .example = "veilray classify chest.png",
       .commands = all_commands()},
      argc, argv);
}
