# Warnings and hardening. Each flag is used only if the compiler supports it. The hardening flags are those of the OpenSSF
# compiler options hardening guide for C, including flags that neither gcc 12 nor clang 14 supports.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

function(shelflife_compile_flags)
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "HAVE_C${flag}" have)
    check_c_compiler_flag("-Werror ${flag}" ${have})
    if(${have})
      add_compile_options(${flag})
    endif()
  endforeach()
endfunction()

function(shelflife_link_flags)
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "HAVE_L${flag}" have)
    check_linker_flag(C ${flag} ${have})
    if(${have})
      add_link_options(${flag})
    endif()
  endforeach()
endfunction()

shelflife_compile_flags(
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wold-style-definition -Wformat=2 -Wformat-overflow=2 -Wformat-truncation=1 -Wundef -Wpointer-arith
  -Wcast-qual -Wcast-align -Wwrite-strings -Wvla -Wnull-dereference -Wimplicit-fallthrough -Wtrampolines
  -Wbidi-chars=any -Wdouble-promotion -Wlogical-op -Wduplicated-cond -Wduplicated-branches)
if(SHELFLIFE_WERROR)
  add_compile_options(-Werror)
endif()

# The binary contains no paths of the build machine, so that two builds of a commit are identical, byte for byte.
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=.)
add_compile_definitions(_GNU_SOURCE)

if(SHELFLIFE_SANITIZE)
  add_compile_options(-fsanitize=${SHELFLIFE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SHELFLIFE_SANITIZE})
  if(SHELFLIFE_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
else()
  if(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
    # The compiler of a distribution may set its own level, and another -D would cause a warning.
    check_c_compiler_flag("-Werror -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3" HAVE_FORTIFY_3)
    if(HAVE_FORTIFY_3)
      add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    else()
      add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    endif()
  endif()
  shelflife_compile_flags(-fstack-protector-strong -fstack-clash-protection -fcf-protection=full
                          -ftrivial-auto-var-init=zero -fstrict-flex-arrays=3)
  shelflife_link_flags(-Wl,-z,nodlopen -Wl,-z,noexecstack -Wl,-z,relro -Wl,-z,now -Wl,--as-needed
                       -Wl,--no-copy-dt-needed-entries)
endif()
# Keeps the optimizer from exploiting undefined behavior that the code should not have, but might.
shelflife_compile_flags(-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing)
shelflife_compile_flags(-fno-common -fno-semantic-interposition)

include(CheckPIESupported)
check_pie_supported()

if(SHELFLIFE_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
