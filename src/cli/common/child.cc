#include "cli/common/child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include "base/bytes.h"

extern "C" char** environ;  // NOLINT: the name POSIX gives it

namespace quaymaster::cli {
namespace {

/// A pipe that holds all of `text`. Text longer than a pipe's capacity is refused, so that writing before the child
/// runs cannot block.
Result<int> filled_pipe(std::string_view text) {
  constexpr std::size_t kPipe = 4096;  // PIPE_BUF of Linux; a pipe holds at least this much
  if (text.size() > kPipe) {
    return too_large("{} bytes of input for a child", text.size());
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return system_error(errno, "pipe");
  }
  const auto written = ::write(ends[1], text.data(), text.size());
  const int error = errno;
  ::close(ends[1]);
  if (written != static_cast<ssize_t>(text.size())) {
    ::close(ends[0]);
    return system_error(error, "write to a pipe");
  }
  return ends[0];
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& variables) {
  std::map<std::string, std::string> all;
  for (char** line = environ; *line != nullptr; ++line) {
    const std::string_view text(*line);
    const auto end = text.find('=');
    all[std::string(text.substr(0, end))] = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  for (const auto& [name, value] : variables) {
    all[name] = value;
  }
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) {
    lines.push_back(fmt::format("{}={}", name, value));
  }
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (auto& word : words) {
    all.push_back(word.data());
  }
  all.push_back(nullptr);
  return all;
}

Result<pid_t> start(std::vector<std::string>& words, std::vector<char*> environment,
                    const posix_spawn_file_actions_t& actions) {
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, words.front().c_str(), &actions, nullptr, pointers(words).data(), environment.data());
  if (error == ENOENT) {
    return not_found("there is no program \"{}\" on PATH", words.front());
  }
  if (error != 0) {
    return system_error(error, fmt::format("start {}", words.front()));
  }
  return child;
}

Result<int> wait_for(pid_t child, std::string_view program) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return system_error(errno, fmt::format("wait for {}", program));
    }
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<int> run_child(const Invocation& invocation) {
  auto words = invocation.words;
  auto lines = environment_with(invocation.variables);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  int input = -1;
  if (!invocation.input.empty()) {
    auto opened = filled_pipe(invocation.input);
    if (!opened) {
      posix_spawn_file_actions_destroy(&actions);
      return std::move(opened).error();
    }
    input = opened.value();
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  }
  const auto child = start(words, pointers(lines), actions);
  posix_spawn_file_actions_destroy(&actions);
  if (input >= 0) {
    ::close(input);
  }
  return child ? wait_for(child.value(), words.front()) : std::move(child).error();
}

Result<std::string> child_output(const std::vector<std::string>& given) {
  auto words = given;
  auto lines = environment_with({});
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return system_error(errno, "pipe");
  }
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const auto child = start(words, pointers(lines), actions);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t read = 1; child && read != 0;) {
    read = ::read(ends[0], part.data(), part.size());
    if (read < 0 && errno != EINTR) {
      break;
    }
    text.append(part.data(), static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
  }
  ::close(ends[0]);
  if (!child) {
    return std::move(child).error();
  }
  TRY(wait_for(child.value(), words.front()));
  return text;
}

}  // namespace quaymaster::cli
