#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace quaymaster::cli {

/// Another program on this machine, run on this process's terminal.
struct Invocation {
  std::vector<std::string> words;                              // words[0] is searched in PATH
  std::vector<std::pair<std::string, std::string>> variables;  // added to this process's environment
  std::string input;                                           // its standard input; empty: it shares ours
};

/// Runs the program and waits for its end. Returns its exit code, or 128 + the signal that ended it. Errc::not_found:
/// there is no such program. Call from one thread; parent and child share the terminal, so Ctrl-C reaches both.
Result<int> run_child(const Invocation& invocation);

/// The standard output of a program that answers quickly, whatever its exit code; it gets no input, and its standard
/// error is not shown. Errc::not_found: there is no such program.
Result<std::string> child_output(const std::vector<std::string>& words);

}  // namespace quaymaster::cli
