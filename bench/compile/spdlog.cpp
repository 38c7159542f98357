#include <spdlog/spdlog.h>

int main() { spdlog::info("{} costs {} usd", "bitcoin", 67187); }
