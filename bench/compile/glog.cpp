#include <glog/logging.h>

int main(int, char** argv) {
  google::InitGoogleLogging(argv[0]);
  LOG(INFO) << "bitcoin"
            << " costs " << 67187 << " usd";
}
