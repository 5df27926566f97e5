add_executable(quaymaster ${folder}/quaymaster_main.cc)
set_target_properties(quaymaster PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
target_link_libraries(quaymaster PRIVATE cli CLI11::CLI11)
