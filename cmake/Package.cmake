# Debian packages, built with CPack from a build for /usr: shelflife (the program), libshelflife0 and libshelflife-dev
# (the library). deploy/debian/build.sh builds them.
set(debian ${PROJECT_SOURCE_DIR}/deploy/debian)
set(built ${PROJECT_BINARY_DIR}/debian)
set(documents ${CMAKE_INSTALL_DATADIR}/doc)

string(TIMESTAMP SHELFLIFE_CHANGELOG_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC) # uses SOURCE_DATE_EPOCH if it is set
configure_file(${debian}/changelog.in ${built}/changelog @ONLY)
execute_process(COMMAND gzip -9nc ${built}/changelog OUTPUT_FILE ${built}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md OUTPUT_FILE ${built}/NEWS.gz
                COMMAND_ERROR_IS_FATAL ANY)

install(FILES ${debian}/policy.yaml DESTINATION /etc/shelflife)
install(FILES ${debian}/default DESTINATION /etc/default RENAME shelflife)
install(FILES ${debian}/shelflife.service ${debian}/shelflife-renewed.service ${debian}/shelflife-renewed.path
        DESTINATION /lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/policies/default.yaml ${PROJECT_SOURCE_DIR}/policies/policy.schema.json
              ${PROJECT_SOURCE_DIR}/policies/catalog.schema.json
              ${PROJECT_SOURCE_DIR}/policies/policy-test.schema.json
              ${PROJECT_SOURCE_DIR}/policies/inventory.schema.json ${built}/NEWS.gz
        DESTINATION ${documents}/shelflife)
install(FILES ${built}/sbom.spdx.json DESTINATION ${documents}/shelflife OPTIONAL) # from deploy/debian/build.sh
set(package_program shelflife)
set(package_runtime libshelflife${PROJECT_VERSION_MAJOR})
set(package_library libshelflife-dev)
foreach(component IN ITEMS program runtime library)
  install(FILES ${debian}/copyright ${built}/changelog.gz DESTINATION ${documents}/${package_${component}}
          COMPONENT ${component})
endforeach()
# Manual pages are compressed in Debian.
install(CODE [[
  file(GLOB pages "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share/man/man1/shelflife*.1")
  foreach(page IN LISTS pages)
    execute_process(COMMAND gzip -9nf ${page} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()]])

file(WRITE ${built}/shlibs "libshelflife ${PROJECT_VERSION_MAJOR} ${package_runtime} (>= ${PROJECT_VERSION})\n")
file(WRITE ${built}/triggers "activate-noawait ldconfig\n")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program runtime library)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "the shelflife authors <shelflife@shelflife.dev>")
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE https://shelflife.dev)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME ${package_program})
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "ca-certificates, libarchive13, libxml2") # to read archives of images; to import pages
set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA ${debian}/conffiles ${debian}/postinst ${debian}/prerm
                                               ${debian}/postrm)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION
    "Publishers of container images announce how long they patch a release, and how
long it may be used. Shelflife knows these dates. As an admission webhook it
warns about images that are no longer patched, and denies images that may no
longer be used. On the command line it checks images, files and clusters.")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${package_runtime})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${built}/shlibs ${built}/triggers)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION
    "This package contains the shared library, which reads and judges Kubernetes
admission reviews and does no I/O.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${package_library})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "${package_runtime} (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION
    "This package contains the headers and the static library, for pkg-config and
CMake.")
include(CPack)
