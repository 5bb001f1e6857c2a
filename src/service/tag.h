#pragma once

namespace kith::service {

// What a completion queue returns when an operation is done.
class Tag {
 public:
  virtual void OnEvent(bool ok) = 0;

 protected:
  ~Tag() = default;
};

}  // namespace kith::service
