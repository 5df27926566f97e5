#pragma once

#include <memory>

#include "vault/session/session.h"

namespace quaymaster::vault {

std::unique_ptr<StreamWriter> make_stream(BackupSession& session, Cut cut);
std::unique_ptr<StreamReader> make_reader(Core& core, std::vector<StreamPart> extents);

}  // namespace quaymaster::vault
