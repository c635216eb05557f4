#include <otento/keystore/settings.hpp>

#include <otento/config/text_file.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::keystore {

std::string key_folder(const config::NodeOptions& options) {
    return options.keystore.empty() ? options.datadir + "/keystore" : options.keystore;
}

ScryptCost scrypt_cost(const config::NodeOptions& options) noexcept {
    return options.light_kdf ? LIGHT_SCRYPT : STANDARD_SCRYPT;
}

Result<std::vector<std::string>, std::string> read_passwords(const std::string& path) {
    const auto text = config::read_text_file(path);
    if (!text) {
        return Err(fmt::format("Failed to read password file: {}", text.error().message));
    }
    std::vector<std::string> out;
    size_t begin = 0;
    do {
        const size_t end = std::min(text->find('\n', begin), text->size());
        std::string& line = out.emplace_back(text->substr(begin, end - begin));
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        begin = end + 1;
    } while (begin < text->size());
    return out;
}

}  // namespace otento::keystore
