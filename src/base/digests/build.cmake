# Kernels that run only if the processor has the instructions (md5_lanes.cc checks). A precompiled header is for one
# instruction set, so they do not use any.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${folder}/md5_avx2.cc PROPERTIES COMPILE_OPTIONS "-O3;-mavx2" SKIP_PRECOMPILE_HEADERS ON)
  set_source_files_properties(${folder}/md5_avx512.cc PROPERTIES
                              COMPILE_OPTIONS "-O3;-mavx512f;-mprefer-vector-width=512" SKIP_PRECOMPILE_HEADERS ON)
else()
  set_source_files_properties(${folder}/md5_avx2.cc ${folder}/md5_avx512.cc PROPERTIES HEADER_FILE_ONLY ON)
endif()
