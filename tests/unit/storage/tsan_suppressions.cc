// The packaged RocksDB is not instrumented: the thread sanitizer sees the
// memory it copies and frees but not the atomics that order that. A race needs
// both its stacks outside RocksDB to be reported, as those between our own
// threads are.
#if defined(__SANITIZE_THREAD__)
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:librocksdb.so\n"
         "race:librocksdb.so\n";
}
#endif
