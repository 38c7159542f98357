# common/logging.hpp, from stage 02 on.
include_guard(GLOBAL)
find_package(fmt REQUIRED)
add_servicios_library(logging
  ${SERVICIOS_SOURCE_DIR}/common/local_time.cpp
  ${SERVICIOS_SOURCE_DIR}/common/logging.cpp
  ${SERVICIOS_SOURCE_DIR}/common/percent_format.cpp)
target_link_libraries(logging PUBLIC common fmt::fmt)
# The two options only save nanoseconds. After a system call the processor's caches are cold. If
# functions begin with a cache line, and a call into a library is one jump, a line takes 1.17 times its
# write(2). If not, it takes up to 1.22, as the linker happens to place the functions.
target_compile_options(logging PRIVATE -falign-functions=64 -fno-plt)
