include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(OpenSSL)
find_dependency(absl CONFIG)
find_dependency(fmt CONFIG)
# CMake's own module: Debian's protobuf installs no config files.
find_package(Protobuf MODULE REQUIRED)
find_dependency(RocksDB CONFIG)
include(${CMAKE_CURRENT_LIST_DIR}/kithTargets.cmake)
