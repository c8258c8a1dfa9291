option(SHELFLIFE_TESTS "Build the tests" ON)
option(SHELFLIFE_WERROR "Treat warnings as errors" OFF)
option(SHELFLIFE_FUZZ "Build the fuzzers with libFuzzer (clang)" OFF)
set(SHELFLIFE_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread")
