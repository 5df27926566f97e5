# What nearly every file includes, compiled once: a file then takes a third of the time (doc/hacking.md, Building).
# Sources still include all they use; the build without this (QM_PRECOMPILE=OFF, and the gcc preset) checks that.
option(QM_PRECOMPILE "precompile common headers (clang only)" ON)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Without time stamps and with these relaxations ccache can cache files built with a precompiled header.
  add_compile_options(-Xclang -fno-pch-timestamp)
else()
  set(QM_PRECOMPILE OFF)
endif()

# qm_precompiled(name HEADERS … TEST_HEADERS … LIBS … [FOR_SIZE]): precompiled.h and these headers for the rooms with @name;
# their tests have TEST_HEADERS and GoogleTest as well. Worthwhile where a dozen files include the same. FOR_SIZE is for
# what runs once in a command: compiled for size, which takes a quarter less time and a third less code.
function(qm_precompiled name)
  cmake_parse_arguments(arg "FOR_SIZE" "" "HEADERS;TEST_HEADERS;LIBS" ${ARGN})
  if(arg_FOR_SIZE)
    set_property(GLOBAL PROPERTY QM_OPTIONS_${name} "$<$<CONFIG:Release>:-Oz>")
  endif()
  if(NOT QM_PRECOMPILE)
    return()
  endif()
  get_property(options GLOBAL PROPERTY QM_OPTIONS_${name})
  list(TRANSFORM arg_HEADERS PREPEND ${CMAKE_SOURCE_DIR}/src/)
  list(TRANSFORM arg_TEST_HEADERS PREPEND ${CMAKE_SOURCE_DIR}/src/)
  set(headers ${CMAKE_SOURCE_DIR}/cmake/precompiled.h ${arg_HEADERS})

  set(target precompiled_${name})
  add_library(${target} STATIC ${CMAKE_SOURCE_DIR}/cmake/precompiled.cc)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PRIVATE fmt::fmt Boost::headers Threads::Threads ${arg_LIBS})
  target_compile_options(${target} PRIVATE ${options})
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

# The options that a room of this set is compiled with, also where nothing is precompiled.
function(qm_set_options target from)
  get_property(options GLOBAL PROPERTY QM_OPTIONS_${from})
  target_compile_options(${target} PRIVATE ${options})
endfunction()

# For every room that handles requests.
qm_precompiled(http HEADERS http/message.h wire/json.h LIBS net_vendor)
# For handlers and what they use. Without arm/operation.h, which only half of them include: a change to it would
# compile the other half as well.
qm_precompiled(arm HEADERS arm/resource_groups.h arm/context.h http/message.h jobs/engine.h wire/json.h LIBS net_vendor)
qm_precompiled(recovery_services LIBS net_vendor
  HEADERS arm/resource_groups.h arm/operation.h
          providers/recovery_services/jobs/backup_jobs.h providers/recovery_services/items/item_record.h
          providers/recovery_services/common/services.h providers/recovery_services/common/vault_record.h
          providers/recovery_services/common/open_vaults.h providers/recovery_services/points/point_record.h
          providers/recovery_services/policies/policy_record.h
  TEST_HEADERS providers/recovery_services/world_test.h)
# For the command line.
qm_precompiled(cli FOR_SIZE HEADERS cli/common/client.h cli/common/command.h wire/json.h LIBS net_vendor)
# For the vault and what is protected with it.
qm_precompiled(vault HEADERS vault/vault.h TEST_HEADERS testing/vault/test_vault.h)
