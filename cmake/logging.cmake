# common/logging.hpp, from stage 02 on.
include_guard(GLOBAL)
find_package(fmt REQUIRED)
add_servicios_library(logging
  ${SERVICIOS_SOURCE_DIR}/common/logging.cpp
  ${SERVICIOS_SOURCE_DIR}/common/percent_format.cpp)
target_link_libraries(logging PUBLIC common fmt::fmt)
# Behind a system call the processor's caches are cold: a line takes 1.17 of its write(2) where
# functions begin with a cache line and calls into libraries are one jump, and up to 1.22, as the
# linker happens to place them, where not.
target_compile_options(logging PRIVATE -falign-functions=64 -fno-plt)
