# faulty_calls(TARGET): the calls under which files change, each of which asks call_fails() first.
function(faulty_calls target)
  set(calls openat write fchmod fsync close renameat unlinkat fdatasync sync_file_range fstat fstatat ftruncate mkdirat
    faccessat linkat pread fcntl)
  list(TRANSFORM calls PREPEND "-Wl,--wrap=")
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/faulty_calls.c)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_options(${target} PRIVATE ${calls})
endfunction()
