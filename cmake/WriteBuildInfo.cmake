# Writes OUTPUT, but only when its content changes. SOURCE need not be a git checkout.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
  set(commit unknown)
endif()
string(STRIP "${FLAGS}" FLAGS)
string(REPLACE "\"" "" FLAGS "${FLAGS}")
set(text "#include \"cli/build_info.h\"

namespace veilray::cli {

BuildInfo build_info() { return {\"${VERSION}\", \"${commit}\", \"${COMPILER}\", \"${FLAGS}\"}; }

}  // namespace veilray::cli
")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
