#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "authzed/api/v1/watch_service.pb.h"
#include "base/mutex.h"
#include "tools/kith/connection.h"
#include "tools/kith/tool.h"

namespace kith::tool {

// What ends a watch from outside. Thread-safe.
class WatchStop {
 public:
  // Cancels the stream that runs, and those to come.
  void Stop();
  bool stopped() const;
  // The stream that runs; null: none.
  void SetStream(grpc::ClientContext* context);
  // Until then, or until it is stopped.
  void Sleep(absl::Duration time);

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  bool stopped_ KITH_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* context_ KITH_GUARDED_BY(mutex_) = nullptr;
};

// Prints the events of a watch until it is stopped, resuming it from the last
// token when the server or the connection goes away.
class Watching {
 public:
  // `request` wants checkpoints in any case, for their tokens; they are shown
  // only with `show_checkpoints`. Ends after `count` updates; 0: never.
  Watching(Tool& tool, Connection& connection, v1::WatchRequest request,
           bool show_checkpoints, uint64_t count,
           std::shared_ptr<WatchStop> stop);

  // OK when it was stopped, had its count or its reader left.
  absl::Status Run();

 private:
  absl::Status OneStream();
  bool Done() const;
  void Print(const v1::WatchResponse& response);
  void PrintText(const v1::WatchResponse& response);

  Tool& tool_;
  Connection& connection_;
  v1::WatchRequest request_;
  const bool show_checkpoints_;
  const uint64_t count_;
  const std::shared_ptr<WatchStop> stop_;
  bool connected_ = false;  // the last stream had a message
  uint64_t seen_ = 0;       // updates
};

}  // namespace kith::tool
