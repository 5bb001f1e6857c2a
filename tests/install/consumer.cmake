# The CMakeLists.txt of a project that uses an installed Kith.
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(kith REQUIRED)
add_executable(consumer main.cc)
target_link_libraries(consumer PRIVATE kith::kith)
