# qm_folder(name [PRECOMPILED ...] LIBS ...): the library of one folder of src/ and its tests.
#   sources   every *.cc of the folder that does not end in _test.cc or _main.cc
#   tests     every *_test.cc becomes part of one test program a folder, run by ctest test by test
# CONFIGURE_DEPENDS: a new file is picked up by the next build without touching a list.
include(GoogleTest)

# Tests are compiled without optimization and line tables: that takes less than half the time, what they call stays
# optimized, and a failed expectation names its line all the same.
set(QM_TEST_OPTIONS "$<$<CONFIG:Release>:-O0;-g0>")

# What nearly every file includes, compiled once: a file then takes a third of the time (doc/hacking.md, Building). The
# sources name all they use; the build without this (QM_PRECOMPILE=OFF, and the gcc preset) keeps it so.
option(QM_PRECOMPILE "precompile common headers (clang only)" ON)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Without time stamps and with these relaxations ccache can keep what was built with a precompiled header.
  add_compile_options(-Xclang -fno-pch-timestamp)
else()
  set(QM_PRECOMPILE OFF)
endif()

# qm_precompiled(name HEADERS … TEST_HEADERS … LIBS …): common.h and these headers for the folders that say
# PRECOMPILED name; their tests have TEST_HEADERS and GoogleTest besides. Worth it where a dozen files include the same.
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

function(qm_folder name)
  cmake_parse_arguments(arg "" "PRECOMPILED" "LIBS;TEST_LIBS" ${ARGN})
  if(NOT arg_PRECOMPILED)
    set(arg_PRECOMPILED common)
  endif()
  string(REPLACE "/" "_" target ${name})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${arg_LIBS})
  qm_precompile(${target} ${arg_PRECOMPILED})

  if(tests AND NOT QM_FUZZ)
    add_executable(${target}_test ${tests})
    target_compile_definitions(${target}_test PRIVATE QM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")  # for pages that are fixtures
    target_link_libraries(${target}_test PRIVATE ${target} ${arg_TEST_LIBS} GTest::gmock GTest::gtest_main)
    target_compile_options(${target}_test PRIVATE ${QM_TEST_OPTIONS})
    qm_precompile(${target}_test ${arg_PRECOMPILED}_test)
    gtest_discover_tests(${target}_test NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()
