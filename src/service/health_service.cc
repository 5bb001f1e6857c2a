#include "service/health_service.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "grpc/health/v1/health.pb.h"
#include "service/service_names.h"

namespace kith::service {
namespace {

namespace health = grpc::health::v1;
using Response = health::HealthCheckResponse;

// The state of one service: at once, then whenever it changed. Serves those
// who need no key, so a call costs next to nothing while nothing changes.
class HealthStream final : public LiveStream<Response> {
 public:
  HealthStream(HealthState* state, bool known)
      : state_(*state), known_(known) {}
  ~HealthStream() override { state_.CancelWake(this); }

  absl::StatusOr<bool> Next(Response* response) override {
    const bool serving = state_.serving();
    const bool is_news = !told_ || (known_ && *told_ != serving);
    told_ = serving;
    if (!is_news) return false;
    response->set_status(!known_   ? Response::SERVICE_UNKNOWN
                         : serving ? Response::SERVING
                                   : Response::NOT_SERVING);
    return true;
  }
  void WakeOnce(std::function<void()> wake) override {
    state_.WakeOnce(this, *told_, std::move(wake));
  }
  bool CancelWake() override { return state_.CancelWake(this); }
  absl::Status EndFor(LiveEnd why) override {
    if (why == LiveEnd::kTooSlow) {
      return absl::ResourceExhaustedError("the state was not read in time");
    }
    return absl::UnavailableError("the server is stopping");
  }

 private:
  HealthState& state_;
  const bool known_;
  std::optional<bool> told_;
};

}  // namespace

bool HealthState::serving() const {
  MutexLock lock(&mutex_);
  return serving_;
}

void HealthState::set_serving(bool serving) {
  MutexLock lock(&mutex_);
  if (std::exchange(serving_, serving) == serving) return;
  for (const auto& [waiter, wake] : std::exchange(waiting_, {})) wake();
}

void HealthState::WakeOnce(const void* waiter, bool seen,
                           std::function<void()> wake) {
  MutexLock lock(&mutex_);
  if (serving_ != seen) return wake();
  waiting_[waiter] = std::move(wake);
}

bool HealthState::CancelWake(const void* waiter) {
  MutexLock lock(&mutex_);
  return waiting_.erase(waiter) != 0;
}

void AddHealthMethods(HealthState* state, MethodTable* methods) {
  std::set<std::string> known = ServiceNames(*methods);
  known.insert("");
  Method& check =
      methods->Unary<health::HealthCheckRequest, health::HealthCheckResponse>(
          "/grpc.health.v1.Health/Check",
          [state, known](auto&, const auto& in, auto* out) {
            if (!known.contains(in.service())) {
              return absl::NotFoundError(
                  fmt::format("unknown service \"{}\"", in.service()));
            }
            out->set_status(state->serving() ? Response::SERVING
                                             : Response::NOT_SERVING);
            return absl::OkStatus();
          });
  check.needs_key = false;
  Method& watch =
      methods->Live<health::HealthCheckRequest, health::HealthCheckResponse>(
          "/grpc.health.v1.Health/Watch",
          [state, known](auto&, const auto& in)
              -> absl::StatusOr<std::unique_ptr<LiveStream<Response>>> {
            return std::make_unique<HealthStream>(state,
                                                  known.contains(in.service()));
          });
  watch.needs_key = false;
}

}  // namespace kith::service
