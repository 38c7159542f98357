#include "common/logging.hpp"

int main() {
  logging::basic_config({.level = logging::Level::INFO});
  logging::get_logger().info("{} costs {} usd", "bitcoin", 67187);
}
