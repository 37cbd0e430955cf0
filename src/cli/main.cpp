#include "cli/app.h"
#include "cli/interrupt.h"
#include "cli/openmp_spinning.h"

int main(int argc, char** argv) {
  veilray::cli::limit_openmp_spinning(argv);
  veilray::cli::clean_up_when_interrupted();
  return veilray::cli::run_program(argc, argv);
}
