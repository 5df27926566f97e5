#pragma once

#include "testing/store/forwarding_database.h"

namespace quaymaster::store {

/// Becomes another database on request: for servers whose records die under them.
class SwitchedDatabase final : public ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  void become(Database& other) { forward_to(other); }
};

}  // namespace quaymaster::store
