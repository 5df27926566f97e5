#pragma once

// Common headers, compiled once (cmake/precompiled.cmake). Only headers that rarely change and that most files include.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/digests/digest.h"
#include "base/encode.h"
#include "base/files/disk.h"
#include "base/guid.h"
#include "base/log.h"
#include "base/result.h"
#include "objects/object_store.h"
#include "store/database.h"
