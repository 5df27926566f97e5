#pragma once

#include <memory>
#include <utility>

#include "testing/store/forwarding_database.h"

namespace quaymaster::store {

/// Runs every change, rolls it back as a database does whose changes collided, and runs it again: what the first run
/// did to captured objects must not show. Other changes may come in between.
class RepeatingDatabase : public ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;

 private:
  struct Twice {
    Change change;
    Done done;
  };

  void enqueue(Keys keys, Change change, Done done) override {
    auto twice = std::make_shared<Twice>(std::move(change), std::move(done));
    auto same_keys = keys;
    real().submit(
        std::move(keys),
        [twice](Writer& writer) -> Result<> {
          static_cast<void>(twice->change(writer));
          return busy("it collided with another change");
        },
        [&real = real(), twice, keys = std::move(same_keys)](Result<>) mutable {
          real.submit(
              std::move(keys), [twice](Writer& writer) { return twice->change(writer); },
              [twice](Result<> outcome) {
                twice->change = {};
                twice->done(std::move(outcome));
              });
        });
  }
};

}  // namespace quaymaster::store
