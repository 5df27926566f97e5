set_source_files_properties(${folder}/server.cc PROPERTIES JOB_POOL_COMPILE beast)
