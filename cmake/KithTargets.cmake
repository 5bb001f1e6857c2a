# kith_layer(NAME [DEPS layer...] [LIBS target...] [PCH])
#   A static library kith_NAME of src/NAME/**.cc but for src/NAME/main. DEPS
#   are the layers it may include, which tools/check_layers.py enforces.
# kith_proto(NAME folder... [GRPC])
#   Generated code of proto/<folder>/*.proto as library kith_NAME.
# kith_library()
#   libkith: the embeddable library, all layers up to db in one archive.
# kith_test(NAME [LIBS target...] [LABELS label...] [TIMEOUT s] [PCH]
#           SOURCES file...)
#   A GoogleTest binary; every TEST is one ctest case. TIMEOUT is for each.
# kith_subdirectory(DIR)
#   Adds the folder when it has a CMakeLists.txt.
# PCH: behind a precompiled header of gRPC's slow ones.
include(GNUInstallDirs)

function(kith_layer name)
  cmake_parse_arguments(ARG "PCH" "" "DEPS;LIBS" ${ARGN})
  set(dir ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*.cc)
  list(FILTER sources EXCLUDE REGEX "^${dir}/main/")
  if(NOT sources)
    return()
  endif()
  add_library(kith_${name} STATIC ${sources})
  target_include_directories(kith_${name} PUBLIC
    ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM ARG_DEPS PREPEND kith_)
  target_link_libraries(kith_${name}
    PUBLIC ${ARG_DEPS} ${ARG_LIBS} PRIVATE kith_flags)
  if(ARG_PCH)
    target_precompile_headers(kith_${name} PRIVATE
      <grpcpp/grpcpp.h> <string> <vector> <memory>)
    target_compile_options(kith_${name} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  endif()
endfunction()

function(kith_proto name)
  cmake_parse_arguments(ARG "GRPC" "" "" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/proto)
  set(generated)
  foreach(folder ${ARG_UNPARSED_ARGUMENTS})
    file(GLOB protos CONFIGURE_DEPENDS
         ${CMAKE_SOURCE_DIR}/proto/${folder}/*.proto)
    foreach(proto ${protos})
      get_filename_component(base ${proto} NAME_WE)
      set(stem ${out}/${folder}/${base})
      set(files ${stem}.pb.cc ${stem}.pb.h)
      set(command ${Protobuf_PROTOC_EXECUTABLE} --cpp_out=${out}
          -I ${CMAKE_SOURCE_DIR}/proto ${proto})
      if(ARG_GRPC)
        list(APPEND files ${stem}.grpc.pb.cc ${stem}.grpc.pb.h)
        list(APPEND command --grpc_out=${out}
             --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
      endif()
      file(MAKE_DIRECTORY ${out}/${folder})
      add_custom_command(OUTPUT ${files} COMMAND ${command}
        DEPENDS ${protos} COMMENT "protoc ${folder}/${base}.proto" VERBATIM)
      list(APPEND generated ${files})
    endforeach()
  endforeach()
  if(NOT generated)
    return()
  endif()
  add_library(kith_${name} STATIC ${generated})
  # Generated code is a system header to its users: our warnings stay ours.
  target_include_directories(kith_${name} SYSTEM PUBLIC ${out})
  target_link_libraries(kith_${name} PUBLIC protobuf::libprotobuf)
  if(ARG_GRPC)
    target_link_libraries(kith_${name} PUBLIC gRPC::grpc++)
  endif()
endfunction()

function(kith_library)
  set(objects)
  foreach(layer storage_proto base model caveat schema storage engine db)
    if(TARGET kith_${layer})
      list(APPEND objects $<TARGET_OBJECTS:kith_${layer}>)
    endif()
  endforeach()
  if(NOT objects)
    return()
  endif()
  add_library(kith STATIC ${objects})
  add_library(kith::kith ALIAS kith)
  target_include_directories(kith PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(kith
    PUBLIC absl::status absl::statusor absl::time absl::strings
    PRIVATE absl::flat_hash_map fmt::fmt protobuf::libprotobuf
            RocksDB::rocksdb-shared OpenSSL::Crypto Threads::Threads
            $<BUILD_INTERFACE:xxHash::xxhash>
            $<INSTALL_INTERFACE:xxhash> $<BUILD_INTERFACE:re2::re2>
            $<INSTALL_INTERFACE:re2>)
  # Component "library": what an embedding project needs, without programs.
  install(TARGETS kith EXPORT kithTargets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/kith
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
  install(EXPORT kithTargets NAMESPACE kith::
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/kith COMPONENT library)
  install(FILES ${CMAKE_SOURCE_DIR}/cmake/kithConfig.cmake
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/kith COMPONENT library)
endfunction()

function(kith_test name)
  cmake_parse_arguments(ARG "PCH" "TIMEOUT" "LIBS;SOURCES;LABELS" ${ARGN})
  if(NOT ARG_SOURCES)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gtest GTest::gmock
                        GTest::gtest_main kith_flags)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE
    KITH_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    KITH_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  if(ARG_PCH)
    target_precompile_headers(${name} PRIVATE
      <grpcpp/grpcpp.h> <gtest/gtest.h> <string> <vector> <memory>)
    target_compile_options(${name} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

function(kith_subdirectory dir)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${dir}/CMakeLists.txt)
    add_subdirectory(${CMAKE_SOURCE_DIR}/${dir} ${CMAKE_BINARY_DIR}/${dir})
  endif()
endfunction()
