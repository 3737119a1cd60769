# Debian packages, `cpack` in a build folder: assay and refmta, which stand alone and recommend each other.
# Libraries they need are found by dpkg-shlibdeps. ci/package builds them, and tries them where nothing else is.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME assay)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The authors of assay <assay@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
if(HARNESS)
  list(APPEND CPACK_COMPONENTS_ALL assay)
  set(CPACK_DEBIAN_ASSAY_PACKAGE_NAME assay)
  set(CPACK_DEBIAN_ASSAY_PACKAGE_RECOMMENDS refmta)
  set(CPACK_COMPONENT_ASSAY_DESCRIPTION "conformance judge for mail servers
Plays SMTP sessions against mail servers, looks at what they answered, logged
and stored, and says which clauses of the RFCs they met. Reads captures and
replays them. Its reports gate a CI.")
endif()
if(REF)
  list(APPEND CPACK_COMPONENTS_ALL refmta)
  set(CPACK_DEBIAN_REFMTA_PACKAGE_NAME refmta)
  set(CPACK_DEBIAN_REFMTA_PACKAGE_RECOMMENDS assay)
  set(CPACK_COMPONENT_REFMTA_DESCRIPTION "strict reference mail server
Speaks Exim's configuration and expansion language and writes its spool
format, and takes the strictest honest reading of the RFCs. A reference for
tests, started by whoever tests: no service is installed.")
endif()
include(CPack)
