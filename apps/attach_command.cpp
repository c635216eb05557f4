// otento attach: runs the console, which is a program of its own beside this one.
#include "commands.hpp"

#include <fmt/core.h>

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace otento::apps {

int run_attach(const Arguments& arguments) {
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::string program = error ? "otento-console" : self.parent_path() / "otento-console";
    std::vector<char*> words;
    Arguments copies{program};
    copies.insert(copies.end(), arguments.begin(), arguments.end());
    for (std::string& word : copies) {
        words.push_back(word.data());
    }
    words.push_back(nullptr);
    execvp(program.c_str(), words.data());
    return fail(fmt::format("cannot run {}: {}", program, std::strerror(errno)));
}

}  // namespace otento::apps
