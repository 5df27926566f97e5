# qm_folder(name LIBS ...): the library of one folder of src/ and its tests.
#   sources   every *.cc of the folder that does not end in _test.cc or _main.cc
#   tests     every *_test.cc becomes part of one test program a folder, run by ctest test by test
# CONFIGURE_DEPENDS: a new file is picked up by the next build without touching a list.
include(GoogleTest)

function(qm_folder name)
  cmake_parse_arguments(arg "" "" "LIBS;TEST_LIBS" ${ARGN})
  string(REPLACE "/" "_" target ${name})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${arg_LIBS})

  if(tests AND NOT QM_FUZZ)
    add_executable(${target}_test ${tests})
    target_compile_definitions(${target}_test PRIVATE QM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")  # for pages that are fixtures
    target_link_libraries(${target}_test PRIVATE ${target} ${arg_TEST_LIBS} GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${target}_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()
