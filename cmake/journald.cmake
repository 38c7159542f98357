# What stage 05 introduces: the journald handler and the service manager's notifications.
include_guard(GLOBAL)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBSYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
add_servicios_library(journald
  ${SERVICIOS_SOURCE_DIR}/05-journald/journal_entry.cpp
  ${SERVICIOS_SOURCE_DIR}/05-journald/journald_handler.cpp
  ${SERVICIOS_SOURCE_DIR}/05-journald/service_manager.cpp)
target_link_libraries(journald PUBLIC logging PRIVATE PkgConfig::LIBSYSTEMD)
