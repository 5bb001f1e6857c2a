#include "server/run.h"

int main(int argc, char** argv) {
  return kith::server::Run(argc, argv, KITH_VERSION);
}
