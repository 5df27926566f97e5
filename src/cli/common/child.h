#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace quaymaster::cli {

/// Another program of this machine, to be run with this process's terminal.
struct Invocation {
  std::vector<std::string> words;                              // words[0] is looked for in PATH
  std::vector<std::pair<std::string, std::string>> variables;  // added to this process's environment
  std::string input;                                           // its standard input, unless empty: then it shares ours
};

/// Runs it and waits for its end. Its exit code, or 128 + the signal that ended it. Errc::not_found: there is no such
/// program. From one thread; children share the terminal, so that Ctrl-C reaches both.
Result<int> run_child(const Invocation& invocation);

/// What a program that is quick to answer writes to its standard output, however it ends; it gets no input, and its
/// complaints are not shown. Errc::not_found: there is no such program.
Result<std::string> child_output(const std::vector<std::string>& words);

}  // namespace quaymaster::cli
