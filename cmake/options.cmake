# Compiler, warnings, sanitizers, linker, cache. Optional tools are detected, never assumed.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

option(QM_FUZZ "build the fuzz targets (clang only)" OFF)
set(QM_SANITIZE "" CACHE STRING "sanitizers for the whole build, for example address,undefined")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1")

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 has false warnings after inlining (std::string, variants); clang checks the same sources.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
                      -Wno-stringop-overread -Wno-mismatched-new-delete -Wno-dangling-pointer -Wno-missing-field-initializers)
else()
  add_compile_options(-Wno-missing-field-initializers -Wno-unused-private-field)
endif()

if(QM_SANITIZE)
  add_compile_options(-fsanitize=${QM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${QM_SANITIZE})
endif()
if(QM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(QM_CCACHE ccache)
if(QM_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${QM_CCACHE})
endif()
find_program(QM_MOLD mold)
if(QM_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Files that include Beast need a gigabyte each: one at a time.
set_property(GLOBAL PROPERTY JOB_POOLS beast=1)
