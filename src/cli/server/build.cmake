target_compile_definitions(cli_server PRIVATE QM_VERSION="${PROJECT_VERSION}")
