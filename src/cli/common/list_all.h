#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/common/client.h"
#include "wire/json.h"

namespace quaymaster::cli {

/// One page of a list of Resource Manager.
template <class T>
struct ListPage {
  std::vector<T> value;
  std::optional<std::string> next_link;
  static constexpr auto wire() {
    return wire::fields({wire::field<&ListPage::value>("value"), wire::field<&ListPage::next_link>("nextLink")});
  }
};

/// All items of a list, page by page. Errors as for Client::call.
template <class T>
Result<std::vector<T>> list_all(Client& client, std::string path) {
  std::vector<T> all;
  while (!path.empty()) {
    TRY(const auto text, client.call("GET", path));
    TRY(auto page, wire::parse_stored<ListPage<T>>(text));
    std::ranges::move(page.value, std::back_inserter(all));
    path = path_of_link(page.next_link.value_or(""));
  }
  return all;
}

}  // namespace quaymaster::cli
