# cmake -DNM=nm -DOBJECTS=a.o;b.o -P check_symbols.cmake
#
# An object compiled for a newer instruction set may define, as symbols that other objects could be
# linked to, only its own: templates over its Lanes type and the function that returns its table.
# A stray inline function would be handed to programs that then die on older processors.
foreach(object IN LISTS OBJECTS)
  if(NOT object MATCHES "avx")
    continue()
  endif()
  execute_process(COMMAND ${NM} -C --defined-only ${object} OUTPUT_VARIABLE listing
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]* [TWi] [^\n]*" symbols "${listing}")
  if(NOT symbols)
    message(FATAL_ERROR "${object}: no symbols at all")
  endif()
  foreach(symbol IN LISTS symbols)
    if(NOT symbol MATCHES "Lanes(Avx2|Avx512)|(avx2|avx512)_kernels\\(\\)")
      message(SEND_ERROR "${object} defines ${symbol}")
    endif()
  endforeach()
  list(APPEND checked ${object})
endforeach()
list(LENGTH checked count)
if(NOT count EQUAL 2)
  message(FATAL_ERROR "checked ${count} objects, not the two of AVX2 and AVX-512")
endif()
