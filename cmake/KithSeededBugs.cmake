# KITH_SEEDED_BUGS builds the sources that include base/seeded_bug.h with bugs
# in them, of which an environment variable chooses one. All other sources are
# compiled as ever, so that a build beside another one costs little.
option(KITH_SEEDED_BUGS "bugs put in on purpose, to test the tests" OFF)
if(KITH_SEEDED_BUGS)
  message(WARNING "KITH_SEEDED_BUGS: this build is wrong on purpose")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.cc)
  foreach(source ${sources})
    file(STRINGS ${source} asks REGEX "base/seeded_bug\\.h" LIMIT_COUNT 1)
    if(asks)
      set_source_files_properties(${source} PROPERTIES
        COMPILE_DEFINITIONS KITH_SEEDED_BUGS)
    endif()
  endforeach()
endif()
