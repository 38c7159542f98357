# common/logging.hpp, from stage 02 on.
include_guard(GLOBAL)
find_package(fmt REQUIRED)
add_servicios_library(logging
  ${SERVICIOS_SOURCE_DIR}/common/logging.cpp
  ${SERVICIOS_SOURCE_DIR}/common/percent_format.cpp)
target_link_libraries(logging PUBLIC common fmt::fmt)
