# Embeds all files of policies/catalogs in the library, with .incbin.
block()
  file(GLOB catalogs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/policies/catalogs/*.json)
  set(data "")
  set(externs "")
  set(entries "")
  set(number 0)
  foreach(file IN LISTS catalogs)
    get_filename_component(name ${file} NAME)
    set(symbol shelflife_catalog_embedded_${number})
    string(APPEND data
      "__asm__(\".pushsection .rodata\\n\"\n"
      "        \".balign 16\\n\"\n"
      "        \".globl ${symbol}\\n.hidden ${symbol}\\n${symbol}:\\n\"\n"
      "        \".incbin \\\"${file}\\\"\\n\"\n"
      "        \".globl ${symbol}_end\\n.hidden ${symbol}_end\\n${symbol}_end:\\n\"\n"
      "        \".byte 0\\n\"\n"
      "        \".popsection\\n\");\n")
    string(APPEND externs "extern const char ${symbol}[], ${symbol}_end[];\n")
    string(APPEND entries "    {\"${name}\", ${symbol}, ${symbol}_end},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/embedded_catalogs.c)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT
"/* Written by src/catalog/embed.cmake. */
#include \"catalog/internal.h\"

#pragma GCC visibility push(hidden)
@externs@#pragma GCC visibility pop

@data@
const struct catalog_embedded shelflife_catalog_embedded_catalogs[] = {
@entries@    {NULL, NULL, NULL},
};
const size_t shelflife_catalog_embedded_catalog_count = @number@;
")
  set_source_files_properties(${generated} PROPERTIES OBJECT_DEPENDS "${catalogs}")
  target_sources(room_catalog PRIVATE ${generated})
endblock()
