#pragma once

#include "cli/common/command.h"

namespace quaymaster::cli {

// `quaymaster point list|show|ls|cat|restore --data DIR` on a data directory without a server:
// cli/vault/offline_data.h. Names are the same as for the commands that ask a server; a POINT may also be named by its
// id.

std::vector<Option> point_list_offline_options();
Result<int> point_list_offline(const Arguments& arguments, Terminal& terminal);

std::vector<Option> point_show_offline_options();
Result<int> point_show_offline(const Arguments& arguments, Terminal& terminal);

/// The entries of the directory PATH, or the entry PATH itself if it is not a directory.
std::vector<Option> point_ls_offline_options();
Result<int> point_ls_offline(const Arguments& arguments, Terminal& terminal);

/// The bytes of the file or disk PATH.
std::vector<Option> point_cat_offline_options();
Result<int> point_cat_offline(const Arguments& arguments, Terminal& terminal);

/// Restores to --to: a tree, or its part at --path, into that directory; one disk (--path lun0) into that image file,
/// all disks of a machine into that directory, as NAME.raw or NAME.qcow2. Returns 0: complete. 3: parts are missing,
/// each reported on a line.
std::vector<Option> point_restore_offline_options();
Result<int> point_restore_offline(const Arguments& arguments, Terminal& terminal);

}  // namespace quaymaster::cli
