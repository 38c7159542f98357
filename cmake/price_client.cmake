# The price client of stage 03, which 04 and 05 use as it is.
include_guard(GLOBAL)
find_package(CURL REQUIRED)
find_package(nlohmann_json REQUIRED)
add_servicios_library(price_client ${SERVICIOS_SOURCE_DIR}/03-price-fetcher/price_client.cpp)
target_link_libraries(price_client PRIVATE CURL::libcurl nlohmann_json::nlohmann_json)
target_compile_definitions(price_client PRIVATE SERVICIOS_VERSION="${SERVICIOS_VERSION}")
