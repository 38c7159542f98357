# What every stage is built with, once: the compile options, and what the stages share that
# needs a compiler and nothing else. A stage adds cmake/logging.cmake and
# cmake/price_client.cmake if it uses them.
include_guard(GLOBAL)
include(GNUInstallDirs)

get_filename_component(SERVICIOS_SOURCE_DIR ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
file(STRINGS ${SERVICIOS_SOURCE_DIR}/VERSION SERVICIOS_VERSION)  # what --version says
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SERVICIOS_SOURCE_DIR}/VERSION)
set(SERVICIOS_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE -O2)  # -O3 takes a quarter longer to compile, for nothing here
# A program's sources need not wait for the libraries that it links.
set(CMAKE_OPTIMIZE_DEPENDENCIES ON)

add_library(servicios_options INTERFACE)
target_compile_features(servicios_options INTERFACE cxx_std_20)
target_compile_options(servicios_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  # __FILE__ and std::source_location name files from the repository's root, on any machine.
  -fmacro-prefix-map=${SERVICIOS_SOURCE_DIR}/=)
if(SERVICIOS_SANITIZE)
  target_compile_options(servicios_options INTERFACE -fsanitize=${SERVICIOS_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(servicios_options INTERFACE -fsanitize=${SERVICIOS_SANITIZE})
endif()

# add_servicios_library(NAME SOURCES...): a library that the stages share.
function(add_servicios_library NAME)
  add_library(${NAME} STATIC ${ARGN})
  target_link_libraries(${NAME} PUBLIC servicios_options)
  target_include_directories(${NAME} PUBLIC ${SERVICIOS_SOURCE_DIR})
endfunction()

# add_stage(NAME LIBRARIES...): the daemon NAME, made of its main.cpp and these libraries.
function(add_stage NAME)
  add_executable(${NAME} main.cpp)
  # A submission's lab reads the course's ccache, in which no solution is to be found.
  set_property(TARGET ${NAME} PROPERTY CXX_COMPILER_LAUNCHER "")
  target_link_libraries(${NAME} PRIVATE common ${ARGN})
  install(TARGETS ${NAME})
endfunction()

add_servicios_library(common
  ${SERVICIOS_SOURCE_DIR}/common/complain.cpp
  ${SERVICIOS_SOURCE_DIR}/common/line_file.cpp
  ${SERVICIOS_SOURCE_DIR}/common/options.cpp
  ${SERVICIOS_SOURCE_DIR}/common/signals.cpp
  ${SERVICIOS_SOURCE_DIR}/common/ticker.cpp)
target_compile_definitions(common PRIVATE SERVICIOS_VERSION="${SERVICIOS_VERSION}")
