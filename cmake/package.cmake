# Installed files and the Debian package: ./dev package.
include(GNUInstallDirs)
install(TARGETS quaymaster RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES packaging/quaymaster.toml DESTINATION /etc/quaymaster)
install(FILES packaging/quaymaster.service DESTINATION lib/systemd/system)
install(FILES packaging/quaymaster.sysusers DESTINATION lib/sysusers.d RENAME quaymaster.conf)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY doc DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN node_modules EXCLUDE)  # the pages link to them

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_NAME quaymaster)
set(CPACK_PACKAGE_CONTACT "The Quaymaster authors <quaymaster@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "backup vault and drive import/export that speaks Azure's APIs")
set(CPACK_PACKAGE_FILE_NAME quaymaster_${PROJECT_VERSION})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
file(WRITE ${CMAKE_BINARY_DIR}/conffiles "/etc/quaymaster/quaymaster.toml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/postinst ${CMAKE_SOURCE_DIR}/packaging/prerm ${CMAKE_SOURCE_DIR}/packaging/postrm
    ${CMAKE_BINARY_DIR}/conffiles)
include(CPack)
