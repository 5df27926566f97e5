# Compiles those parts of Asio and Beast that can be separately compiled, so that their users need not.
add_library(net_vendor STATIC ${CMAKE_SOURCE_DIR}/cmake/net_vendor.cc)
target_compile_definitions(net_vendor PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                                             BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(net_vendor PUBLIC OpenSSL::SSL Boost::headers Threads::Threads)
set_property(TARGET net_vendor PROPERTY JOB_POOL_COMPILE beast)
