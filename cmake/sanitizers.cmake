# One documented floor for every binary: x86-64-v2. Faster paths are chosen by CPUID at start.
add_library(otento_options INTERFACE)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(otento_options INTERFACE -march=x86-64-v2)
endif()
# Seconds that a test may take: instrumented code is ten times slower.
function(otento_timeout out seconds)
  if(OTENTO_SANITIZE)
    math(EXPR seconds "${seconds} * 6")
  endif()
  set(${out} ${seconds} PARENT_SCOPE)
endfunction()

if(OTENTO_SANITIZE)
  target_compile_options(otento_options INTERFACE
    -fsanitize=${OTENTO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(otento_options INTERFACE -fsanitize=${OTENTO_SANITIZE})
endif()
find_program(OTENTO_MOLD mold)
if(OTENTO_MOLD AND NOT OTENTO_SANITIZE)
  target_link_options(otento_options INTERFACE -fuse-ld=mold)
endif()
