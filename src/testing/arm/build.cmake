target_compile_definitions(testing_arm PRIVATE QM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")  # where the golden files are
