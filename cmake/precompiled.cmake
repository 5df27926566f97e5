# What nearly every file includes, compiled once: a file then takes a third of the time (doc/hacking.md, Building).
# Sources still include all they use; the build without this (QM_PRECOMPILE=OFF, and the gcc preset) checks that.
option(QM_PRECOMPILE "precompile common headers (clang only)" ON)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Without time stamps and with these relaxations ccache can cache files built with a precompiled header.
  add_compile_options(-Xclang -fno-pch-timestamp)
else()
  set(QM_PRECOMPILE OFF)
endif()

# qm_precompiled(name HEADERS … TEST_HEADERS … LIBS …): precompiled.h and these headers for the rooms with @name;
# their tests have TEST_HEADERS and GoogleTest as well. Worthwhile where a dozen files include the same.
function(qm_precompiled name)
  cmake_parse_arguments(arg "" "" "HEADERS;TEST_HEADERS;LIBS" ${ARGN})
  if(NOT QM_PRECOMPILE)
    return()
  endif()
  list(TRANSFORM arg_HEADERS PREPEND ${CMAKE_SOURCE_DIR}/src/)
  list(TRANSFORM arg_TEST_HEADERS PREPEND ${CMAKE_SOURCE_DIR}/src/)
  set(headers ${CMAKE_SOURCE_DIR}/cmake/precompiled.h ${arg_HEADERS})

  set(target precompiled_${name})
  add_library(${target} STATIC ${CMAKE_SOURCE_DIR}/cmake/precompiled.cc)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PRIVATE fmt::fmt Boost::headers Threads::Threads ${arg_LIBS})
  target_precompile_headers(${target} PRIVATE ${headers})

  add_library(${target}_test STATIC ${CMAKE_SOURCE_DIR}/cmake/precompiled.cc)
  target_include_directories(${target}_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target}_test PRIVATE fmt::fmt Boost::headers Threads::Threads ${arg_LIBS} GTest::gmock)
  target_compile_options(${target}_test PRIVATE ${QM_TEST_OPTIONS})
  target_precompile_headers(${target}_test PRIVATE ${headers} <gmock/gmock.h> <gtest/gtest.h> ${arg_TEST_HEADERS})
endfunction()
qm_precompiled(common)

function(qm_precompile target from)
  if(QM_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM precompiled_${from})
  endif()
endfunction()

# For every room that handles requests.
qm_precompiled(http HEADERS http/message.h wire/json.h LIBS net_vendor)
# For handlers and what they use.
qm_precompiled(arm HEADERS arm/resource_groups.h arm/operation.h jobs/engine.h TEST_HEADERS testing/arm/arm_fixture.h LIBS net_vendor)
qm_precompiled(recovery_services LIBS net_vendor
  HEADERS arm/resource_groups.h arm/operation.h
          providers/recovery_services/jobs/backup_jobs.h providers/recovery_services/items/item_record.h
          providers/recovery_services/common/services.h providers/recovery_services/common/vault_record.h
  TEST_HEADERS testing/arm/arm_fixture.h)
