# Warnings are errors for our own code; third-party headers are SYSTEM.
add_library(otento_warnings INTERFACE)
target_compile_options(otento_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12.2 reports these inside its own inlined standard library at -O2.
  target_compile_options(otento_warnings INTERFACE
    -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict -Wno-stringop-overread)
endif()
