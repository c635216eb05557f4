// otento account: keys of accounts in the keystore folder, in geth's words.
#include "commands.hpp"

#include <otento/base/clock.hpp>
#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/config/node_key.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/keystore/key_folder.hpp>
#include <otento/keystore/settings.hpp>

#include <fmt/core.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

namespace otento::apps {
namespace {

constexpr std::string_view SYNOPSIS =
    "--datadir DIR account new|list|import KEYFILE|update ADDRESS [--password FILE] [--lightkdf]";

/// Passwords: the lines of a file, or what somebody types.
class Passwords {
  public:
    /// Empty, or why the file cannot be read.
    std::string load(const std::string& path) {
        if (path.empty()) {
            return {};
        }
        auto lines = keystore::read_passwords(path);
        if (!lines) {
            return lines.error();
        }
        from_file_ = true;
        lines_ = *std::move(lines);
        return {};
    }

    /// The next line; the last one counts for all that follow, as with geth. Empty: nobody gave
    /// any.
    std::optional<std::string> next(const char* prompt) {
        if (from_file_) {
            const size_t at = std::min(next_++, lines_.size() - 1);
            return lines_[at];
        }
        return ask(prompt);
    }
    [[nodiscard]] bool from_file() const noexcept { return from_file_; }

  private:
    /// One line of standard input, unseen if that is a terminal.
    static std::optional<std::string> ask(const char* prompt) {
        fmt::print(stderr, "{}", prompt);
        termios before{};
        const bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
        if (terminal) {
            termios hidden = before;
            hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
        }
        std::string out;
        int c = std::getchar();
        const bool nothing = c == EOF;
        for (; c != EOF && c != '\n'; c = std::getchar()) {
            out += static_cast<char>(c);
        }
        if (terminal) {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        }
        fmt::print(stderr, "\n");
        return nothing ? std::nullopt : std::optional(std::move(out));
    }

    std::vector<std::string> lines_;
    size_t next_ = 0;
    bool from_file_ = false;
};

/// Asks twice when it is typed. Empty, and the reason is told, if there is none.
std::optional<std::string> new_password(Passwords& passwords, const char* introduction) {
    if (!passwords.from_file()) {
        fmt::print(stderr, "{}\n", introduction);
    }
    const auto password = passwords.next("Passphrase: ");
    if (!password) {
        fail("Failed to read passphrase: end of input; give --password FILE");
        return std::nullopt;
    }
    if (!passwords.from_file() && passwords.next("Repeat passphrase: ") != password) {
        fail("Passphrases do not match");
        return std::nullopt;
    }
    return password;
}

struct Job {
    std::string folder;
    keystore::ScryptCost cost;
    Passwords passwords;
};

int store(Job& job, const Hash& secret) {
    const auto password = new_password(job.passwords,
                                       "Your new account is locked with a password. Please give a "
                                       "password. Do not forget this password.");
    if (!password) {
        return 1;
    }
    const auto stored =
        keystore::store_key(job.folder, secret, *password, job.cost, SystemClock().unix_ns());
    if (!stored) {
        return fail("Could not create the account: " + stored.error());
    }
    fmt::print("Address: {{{}}}\n", to_hex(stored->address));
    return 0;
}

int list(const Job& job) {
    size_t index = 0;
    for (const keystore::StoredKey& key : keystore::list_keys(job.folder)) {
        fmt::print("Account #{}: {{{}}} keystore://{}\n", index++, to_hex(key.address), key.path);
    }
    return 0;
}

int import_key(Job& job, const std::string& file) {
    const auto secret = config::read_node_key(file);
    if (!secret) {
        return fail("Failed to load the private key: " + secret.error().message);
    }
    return store(job, *secret);
}

int update(Job& job, const std::string& which) {
    const auto key = keystore::find_key(job.folder, which);
    if (!key) {
        return fail("Could not update the account: " + key.error());
    }
    const auto old_password = job.passwords.next("Passphrase: ");
    const auto secret = old_password
                            ? keystore::unlock_key(*key, *old_password)
                            : Result<Hash, std::string>(Err(std::string("no passphrase given")));
    if (!secret) {
        return fail(fmt::format("Failed to unlock account {} ({})", to_hex0x(key->address),
                                secret.error()));
    }
    const auto password =
        new_password(job.passwords, "Please give a new password. Do not forget this password.");
    if (!password) {
        return 1;
    }
    const auto changed = keystore::change_password(*key, *old_password, *password, job.cost);
    return changed ? 0 : fail("Could not update the account: " + changed.error());
}

}  // namespace

int run_account(const Arguments& arguments) {
    const auto parsed = node_flags(arguments);
    if (!parsed) {
        return 1;
    }
    const config::NodeOptions& options = parsed->options;
    const std::vector<std::string>& words = parsed->positional;
    if (words.empty()) {
        return misused("account needs to know what to do", SYNOPSIS);
    }
    if (options.datadir.empty() && options.keystore.empty()) {
        return fail("no data directory: give --datadir DIR or --keystore DIR");
    }
    Job job{.folder = keystore::key_folder(options),
            .cost = keystore::scrypt_cost(options),
            .passwords = {}};
    if (const std::string wrong = job.passwords.load(options.password_file); !wrong.empty()) {
        return fail(wrong);
    }
    if (words[0] == "new" && words.size() == 1) {
        return store(job, crypto::generate_secret_key());
    }
    if (words[0] == "list" && words.size() == 1) {
        return list(job);
    }
    if (words[0] == "import") {
        return words.size() == 2 ? import_key(job, words[1])
                                 : misused("keyfile must be given as argument", SYNOPSIS);
    }
    if (words[0] == "update") {
        return words.size() == 2 ? update(job, words[1])
                                 : misused("No accounts specified to update", SYNOPSIS);
    }
    return misused(fmt::format("account {}: no such thing to do", words[0]), SYNOPSIS);
}

}  // namespace otento::apps
