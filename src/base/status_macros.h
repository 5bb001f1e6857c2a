#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// KITH_RETURN_IF_ERROR(expr): returns the absl::Status of `expr` unless OK.
// KITH_ASSIGN_OR_RETURN(lhs, expr): assigns the value of a StatusOr, or
// returns its status. `lhs` may declare a variable.

#define KITH_RETURN_IF_ERROR(expr)                              \
  do {                                                          \
    if (absl::Status kith_status = (expr); !kith_status.ok()) { \
      return kith_status;                                       \
    }                                                           \
  } while (false)

#define KITH_CONCAT_INNER_(a, b) a##b
#define KITH_CONCAT_(a, b) KITH_CONCAT_INNER_(a, b)
#define KITH_ASSIGN_OR_RETURN(lhs, expr) \
  KITH_ASSIGN_OR_RETURN_(KITH_CONCAT_(kith_or_, __LINE__), lhs, expr)
#define KITH_ASSIGN_OR_RETURN_(var, lhs, expr)   \
  auto var = (expr);                             \
  if (!var.ok()) return std::move(var).status(); \
  lhs = *std::move(var)
