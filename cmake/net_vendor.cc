// Asio's and Beast's own sources and nothing else; see doc/decisions/0005-http.md.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
