#pragma once

#include "kith/database.h"

// Which caches a figure measures without.

namespace kith::bench {

inline Options WithoutResultCache(Options options) {
  options.result_cache_bytes = 0;
  return options;
}

inline Options WithoutCaches(Options options) {
  options.row_cache_bytes = 0;
  return WithoutResultCache(options);
}

}  // namespace kith::bench
