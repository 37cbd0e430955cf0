#include "base/io_failure.h"

#include <cctype>
#include <cerrno>
#include <system_error>

namespace veilray {
namespace {

const char* mend_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free some space or choose another folder";
    case EACCES:
    case EPERM:
      return "check the permissions or choose another path";
    case EROFS:
      return "choose a folder that can be written";
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EISDIR:
      return "name a file, not a folder";
    case EMFILE:
    case ENFILE:
      return "close other files or raise the limit (ulimit -n)";
    default:
      return "";
  }
}

}  // namespace

Failure io_failure(int error, const std::filesystem::path& path) {
  std::string what = std::generic_category().message(error);
  if (!what.empty()) {
    what[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(what[0])));
  }
  return {ErrorCode::kIo, what, path.string(), mend_for(error)};
}

}  // namespace veilray
