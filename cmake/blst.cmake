# blst (BLS12-381): C and assembly from the npm package c-kzg, pinned by third_party/npm/package-lock.json.
# Two files make the whole library; __BLST_PORTABLE__ chooses the instructions at run time. Target: blst.
set(OTENTO_CKZG_DIR ${CMAKE_SOURCE_DIR}/third_party/npm/node_modules/c-kzg CACHE PATH
    "Unpacked npm package c-kzg, for builds without network")
set(OTENTO_BLST_DIR ${OTENTO_CKZG_DIR}/deps/blst)
if(NOT EXISTS ${OTENTO_BLST_DIR}/src/server.c)
  message(FATAL_ERROR
    "The sources of blst are not at ${OTENTO_BLST_DIR}.\n"
    "Run scripts/setup, or:  npm ci --prefix third_party/npm --ignore-scripts\n"
    "or point OTENTO_CKZG_DIR to an unpacked npm package c-kzg.")
endif()
enable_language(ASM)
add_library(blst STATIC ${OTENTO_BLST_DIR}/src/server.c ${OTENTO_BLST_DIR}/build/assembly.S)
target_compile_definitions(blst PRIVATE __BLST_PORTABLE__)
target_compile_options(blst PRIVATE -w $<$<COMPILE_LANGUAGE:C>:-O2>)
target_include_directories(blst SYSTEM INTERFACE ${OTENTO_BLST_DIR}/bindings)
