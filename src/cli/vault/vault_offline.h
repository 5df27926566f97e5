#pragma once

#include "cli/common/command.h"

namespace quaymaster::cli {

// `quaymaster vault check|stats --data DIR` on a data directory without a server: cli/vault/offline_data.h.

std::vector<Option> vault_check_offline_options();
/// 0: intact. 3: something is damaged; each damage is a line (--json: one object per line) before the last, the
/// summary.
/// Damaged packs are reported but not quarantined: nothing is written.
Result<int> vault_check_offline(const Arguments& arguments, Terminal& terminal);

std::vector<Option> vault_stats_offline_options();
Result<int> vault_stats_offline(const Arguments& arguments, Terminal& terminal);

}  // namespace quaymaster::cli
