# Warnings and hardening, each flag probed for the compiler at hand.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

function(shelflife_compile_flags)
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "HAVE_${flag}" have)
    check_c_compiler_flag("-Werror ${flag}" ${have})
    if(${have})
      add_compile_options(${flag})
    endif()
  endforeach()
endfunction()

shelflife_compile_flags(
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wold-style-definition -Wformat=2 -Wundef -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla
  -Wnull-dereference -Wimplicit-fallthrough)
if(SHELFLIFE_WERROR)
  add_compile_options(-Werror)
endif()
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
add_compile_definitions(_GNU_SOURCE)
if(SHELFLIFE_SANITIZE)
  add_compile_options(-fsanitize=${SHELFLIFE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SHELFLIFE_SANITIZE})
endif()
