# SERVICIOS_STAGES: the names in the table `stages`, in its order.
include_guard(GLOBAL)
get_filename_component(table ${CMAKE_CURRENT_LIST_DIR}/../stages ABSOLUTE)
# A stage more is a new configuration.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${table})
file(STRINGS ${table} SERVICIOS_STAGES REGEX "^[0-9]")
list(TRANSFORM SERVICIOS_STAGES REPLACE " .*" "")
