#include <otento/config/node_key.hpp>

#include <otento/base/hex.hpp>
#include <otento/config/text_file.hpp>

#include <fmt/core.h>

namespace otento::config {

Result<Hash, Error> parse_node_key(std::string_view text) {
    constexpr std::string_view SPACE = " \t\r\n";
    const size_t from = std::min(text.find_first_not_of(SPACE), text.size());
    const size_t to = text.find_last_not_of(SPACE);
    text = to == std::string_view::npos ? std::string_view{} : text.substr(from, to + 1 - from);
    const auto key = fixed_from_hex<32>(text);
    if (!key) {
        return Err(Error{"node key: want 64 hexadecimal digits"});
    }
    return *key;
}

Result<Hash, Error> read_node_key(const std::string& path) {
    TRY(const auto text, read_text_file(path));
    auto key = parse_node_key(text);
    if (!key) {
        return Err(Error{fmt::format("{}: {}", path, key.error().message)});
    }
    return key;
}

std::string node_key_path(const std::string& datadir) {
    const std::string usual = datadir + "/geth/nodekey";
    const std::string other = datadir + "/nodekey";
    return !file_exists(usual) && file_exists(other) ? other : usual;
}

Result<void, Error> write_node_key(const std::string& path, const Hash& secret_key) {
    return write_text_file(path, to_hex(secret_key), true);
}

}  // namespace otento::config
