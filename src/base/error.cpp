#include "base/error.h"

#include <cstdio>
#include <cstdlib>

namespace veilray {

std::string Failure::line() const {
  std::string line = what;
  for (const std::string* part : {&where, &mend}) {
    if (part->empty()) continue;
    if (!line.empty()) line += ": ";
    line += *part;
  }
  // A path may hold any byte; the promise is one line.
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace veilray
