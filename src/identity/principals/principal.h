#pragma once

#include <string>

namespace quaymaster::identity {

/// An authenticated caller. Both ids are GUIDs in lower case.
struct Principal {
  std::string object_id;  // the service principal: the id in role assignments
  std::string client_id;  // the application it signed in as
  std::string tenant;
  std::string name;
};

}  // namespace quaymaster::identity
