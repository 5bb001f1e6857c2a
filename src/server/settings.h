#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kith/database.h"

namespace kith::server {

// Everything `kithd serve` can be told. Each value has one name: the flag
// --grpc-addr is the key grpc_addr of the file and KITH_GRPC_ADDR of the
// environment; setting_table.cc says what each means.
struct Settings {
  kith::Options database;

  std::string grpc_addr = "127.0.0.1:50051";
  std::string unix_socket;  // empty: none
  std::vector<std::string> preshared_keys;
  std::string preshared_key_file;
  bool insecure = false;
  std::string tls_cert;
  std::string tls_key;
  std::string tls_client_ca;

  uint32_t queues = 0;   // 0: one for each two cores
  uint32_t workers = 0;  // 0: two for each core, at least 4
  uint32_t max_waiting_calls = 10'000;
  uint64_t max_message_bytes = 4u << 20;
  absl::Duration watch_stall_timeout = absl::Seconds(30);
  absl::Duration drain_delay = absl::ZeroDuration();
  absl::Duration drain_timeout = absl::Seconds(10);

  std::string log_format = "logfmt";
  std::string log_level = "info";
  std::string ready_file;  // empty: none
};

}  // namespace kith::server
