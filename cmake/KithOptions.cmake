# Language, warnings, sanitizers, linker and compiler cache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

set(KITH_SANITIZE "" CACHE STRING
    "address,undefined or thread, for libFuzzer fuzzer-no-link; or none")
option(KITH_WERROR "treat warnings as errors" ON)

add_library(kith_flags INTERFACE)
target_compile_options(kith_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-missing-field-initializers -Wno-unused-parameter
  $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND
   CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: false alarms about std::string at -O2 and above, and about
  # std::optional at -O3.
  target_compile_options(kith_flags INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(KITH_WERROR)
  target_compile_options(kith_flags INTERFACE -Werror)
endif()
target_compile_definitions(kith_flags INTERFACE
  $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
if(KITH_SANITIZE)
  # GCC's flow analysis gives false "maybe uninitialized" under sanitizers.
  add_compile_options(-fsanitize=${KITH_SANITIZE} -fno-omit-frame-pointer
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${KITH_SANITIZE})
endif()

find_program(KITH_MOLD mold)
if(KITH_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
find_program(KITH_CCACHE ccache)
if(KITH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Sloppiness that precompiled headers need; a clone elsewhere hits as well.
  set(sloppiness
      pch_defines,time_macros,include_file_mtime,include_file_ctime)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=${sloppiness}
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${KITH_CCACHE})
endif()
