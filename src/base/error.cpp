#include "base/error.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/one_line.h"

namespace veilray {

std::string Failure::line() const {
  std::string line = what;
  for (const std::string* part : {&where, &mend}) {
    if (part->empty()) continue;
    if (!line.empty()) line += ": ";
    line += *part;
  }
  return one_line(std::move(line));
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace veilray
