// Load generator: signs transfers beforehand and posts them one by one (or in batches) over
// keep-alive connections to one or several nodes, as fast as they are taken or at a given rate.
// Prints one JSON line.
//
// One epoll thread, so that the generator's own share of a small machine stays known: its ceiling
// against a server that answers at once is printed by --ceiling (docs/performance.md).
#include <otento/base/clock.hpp>
#include <otento/base/hex.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/types/transaction.hpp>

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <deque>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

namespace {

using namespace otento;

constexpr uint64_t RETRY_NS = 50'000'000;

struct Options {
    std::vector<std::string> rpc;
    std::string accounts;
    std::string token;
    uint64_t chain_id = 1337;
    unsigned count = 10'000;
    unsigned connections = 32;
    unsigned senders = 20;
    unsigned recipients = 1000;
    unsigned batch = 1;
    double rate = 0;
    double seconds = 0;
    bool retry = false;
    uint64_t first_nonce = 0;
};

struct Target {
    sockaddr_in address{};
    std::string host;
};

Target parse_url(const std::string& url) {
    static const std::regex pattern(R"(http://([0-9.]+):([0-9]+)/?)");
    std::smatch match;
    if (!std::regex_match(url, match, pattern)) {
        fmt::print(stderr, "error: {} is not of the form http://IP:PORT\n", url);
        std::exit(2);
    }
    Target target;
    target.host = match[1].str() + ":" + match[2].str();
    target.address.sin_family = AF_INET;
    target.address.sin_port = htons(static_cast<uint16_t>(std::stoi(match[2].str())));
    inet_pton(AF_INET, match[1].str().c_str(), &target.address.sin_addr);
    return target;
}

std::vector<Hash> read_keys(const Options& options) {
    std::ifstream in(options.accounts);
    std::stringstream content;
    content << in.rdbuf();
    const std::string text = content.str();
    static const std::regex pattern(R"re("privateKey":\s*"0x([0-9a-f]{64})")re");
    std::vector<Hash> keys;
    for (auto it = std::sregex_iterator(text.begin(), text.end(), pattern);
         it != std::sregex_iterator(); ++it) {
        keys.push_back(*fixed_from_hex<32>((*it)[1].str()));
    }
    keys.resize(std::min<size_t>(keys.size(), options.senders));
    if (keys.empty()) {
        fmt::print(stderr, "error: no private keys in {}\n", options.accounts);
        std::exit(2);
    }
    return keys;
}

/// ERC-20 transfer(address,uint256).
Bytes transfer_call(const Address& to, uint64_t amount) {
    Bytes out = *from_hex("a9059cbb");
    append(out, Hash::right_aligned(to));
    append(out, uint256{amount}.to_be());
    return out;
}

/// Raw transactions, sender by sender in turn, nonces ascending.
std::vector<std::string> sign_all(const Options& options, const std::vector<Hash>& keys) {
    std::vector<std::string> out(options.count);
    const auto token = options.token.empty() ? std::nullopt : fixed_from_hex<20>(options.token);
    const auto sign_range = [&](size_t first, size_t step) {
        for (size_t i = first; i < out.size(); i += step) {
            types::Transaction tx;
            tx.chain_id = options.chain_id;
            tx.nonce = options.first_nonce + i / keys.size();
            const Address to = uint256{0x100000 + i % options.recipients}.to_address();
            tx.to = token ? *token : to;
            tx.gas_limit = token ? 100'000 : 21'000;
            tx.value = token ? 0 : 1;
            if (token) {
                tx.data = transfer_call(to, 1);
            }
            types::sign(tx, keys[i % keys.size()]);
            out[i] = to_hex0x(types::encode_transaction(tx));
        }
    };
    std::thread second([&] { sign_range(1, 2); });
    sign_range(0, 2);
    second.join();
    return out;
}

std::string http_request(const Target& target, const std::string& body) {
    return fmt::format(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: "
        "{}\r\n\r\n{}",
        target.host, body.size(), body);
}

struct Connection {
    int fd = -1;
    const Target* target = nullptr;
    std::string out;
    size_t sent = 0;
    std::string in;
    size_t first = 0;
    unsigned expected = 0;
};

/// A refused transaction and when to offer it again.
struct Retry {
    size_t index = 0;
    uint64_t due_ns = 0;
};

class Load {
  public:
    Load(const Options& options, std::vector<std::string> raw)
        : options_(options), raw_(std::move(raw)) {
        for (const std::string& url : options.rpc) {
            targets_.push_back(parse_url(url));
        }
    }

    int run() {
        epoll_ = epoll_create1(0);
        connections_.resize(options_.connections);
        for (size_t i = 0; i < connections_.size(); ++i) {
            if (!open(connections_[i], targets_[i % targets_.size()])) {
                return 1;
            }
        }
        const uint64_t start = clock_.monotonic_ns();
        start_ns_ = start;
        for (Connection& connection : connections_) {
            feed(connection);
        }
        std::vector<epoll_event> events(256);
        while (!done() && open_ > 0) {
            const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                     idle_.empty() ? 1000 : 1);
            for (int i = 0; i < n; ++i) {
                auto& connection = connections_[events[static_cast<size_t>(i)].data.u64];
                if (!pump(connection)) {
                    close_connection(connection);
                }
            }
            std::vector<Connection*> waiting;
            waiting.swap(idle_);
            for (Connection* connection : waiting) {
                feed(*connection);
            }
        }
        const double seconds = static_cast<double>(clock_.monotonic_ns() - start) / 1e9;
        fmt::print(
            "{{\"sent\":{},\"accepted\":{},\"refused\":{},\"seconds\":{:.4f},\"per_second\":{:.1f},"
            "\"first_error\":\"{}\"}}\n",
            sent_, accepted_, answered_ - accepted_, seconds,
            static_cast<double>(accepted_) / seconds, first_error_);
        return done() ? 0 : 1;
    }

  private:
    bool open(Connection& connection, const Target& target) {
        connection.target = &target;
        connection.fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&target.address),
                    sizeof target.address) != 0) {
            fmt::print(stderr, "error: cannot connect to {}\n", target.host);
            return false;
        }
        const int one = 1;
        setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = static_cast<uint64_t>(&connection - connections_.data());
        epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
        ++open_;
        return true;
    }

    void close_connection(Connection& connection) {
        answered_ += connection.expected;
        connection.expected = 0;
        ::close(connection.fd);
        connection.fd = -1;
        --open_;
    }

    [[nodiscard]] bool time_is_up() const {
        return options_.seconds > 0 &&
               static_cast<double>(clock_.monotonic_ns() - start_ns_) / 1e9 >= options_.seconds;
    }
    [[nodiscard]] bool exhausted() const {
        return again_.empty() && (next_ >= raw_.size() || time_is_up());
    }
    /// Refused ones that must be offered again outlive the time: what follows them waits for them.
    [[nodiscard]] bool done() const { return exhausted() && answered_ == sent_; }

    /// Gives the connection its next request, or parks it until the rate allows one.
    void feed(Connection& connection) {
        if (connection.fd < 0 || exhausted()) {
            return;
        }
        if (!again_.empty() && again_.front().due_ns <= clock_.monotonic_ns()) {
            const size_t index = again_.front().index;
            again_.pop_front();
            post(connection, index, 1);
            return;
        }
        if (next_ >= raw_.size() || time_is_up()) {
            idle_.push_back(&connection);  // Others may be refused and need another try.
            return;
        }
        if (options_.rate > 0) {
            const double due =
                static_cast<double>(clock_.monotonic_ns() - start_ns_) / 1e9 * options_.rate;
            if (static_cast<double>(next_) > due) {
                idle_.push_back(&connection);
                return;
            }
        }
        const size_t count = std::min<size_t>(options_.batch, raw_.size() - next_);
        const size_t first = next_;
        next_ += count;
        post(connection, first, count);
    }

    void post(Connection& connection, size_t first, size_t count) {
        std::string body;
        sent_ += count;
        connection.first = first;
        for (size_t i = 0; i < count; ++i) {
            body += fmt::format(
                "{}{{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"eth_sendRawTransaction\","
                "\"params\":[\"{}\"]}}",
                i == 0 ? "" : ",", first + i, raw_[first + i]);
        }
        if (options_.batch > 1) {
            body = "[" + body + "]";
        }
        connection.expected = static_cast<unsigned>(count);
        connection.out = http_request(*connection.target, body);
        connection.sent = 0;
        connection.in.clear();
        while (connection.sent < connection.out.size()) {
            const ssize_t n = send(connection.fd, connection.out.data() + connection.sent,
                                   connection.out.size() - connection.sent, MSG_NOSIGNAL);
            if (n <= 0) {
                return;
            }
            connection.sent += static_cast<size_t>(n);
        }
    }

    /// Reads what is there; false when the connection ended.
    bool pump(Connection& connection) {
        char buffer[65536];
        const ssize_t n = recv(connection.fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (n <= 0) {
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        }
        connection.in.append(buffer, static_cast<size_t>(n));
        const size_t head = connection.in.find("\r\n\r\n");
        if (head == std::string::npos) {
            return true;
        }
        const size_t length_at = connection.in.find("ontent-");
        size_t length = 0;
        for (size_t at = length_at; at != std::string::npos && at < head;
             at = connection.in.find("ontent-", at + 1)) {
            if (strncasecmp(connection.in.c_str() + at, "ontent-length:", 14) == 0) {
                length = std::stoul(connection.in.substr(at + 14));
            }
        }
        if (connection.in.size() < head + 4 + length) {
            return true;
        }
        const std::string body = connection.in.substr(head + 4, length);
        answered_ += connection.expected;
        take_answers(body, connection);
        connection.expected = 0;
        feed(connection);
        return true;
    }

    /// One answer after the other, each with the place of its transaction as id.
    void take_answers(const std::string& body, const Connection& connection) {
        constexpr std::string_view BEGIN = "\"jsonrpc\"";
        for (size_t at = body.find(BEGIN); at != std::string::npos;) {
            const size_t next = body.find(BEGIN, at + 1);
            const std::string answer = body.substr(at, next - at);
            at = next;
            if (answer.find("\"result\":\"0x") != std::string::npos) {
                ++accepted_;
                continue;
            }
            const size_t message = answer.find("\"message\":\"");
            if (message != std::string::npos && first_error_.empty()) {
                first_error_ =
                    answer.substr(message + 11, answer.find('"', message + 11) - message - 11);
            }
            const size_t id = answer.find("\"id\":");
            if (options_.retry && id != std::string::npos) {
                const size_t index = std::strtoul(answer.c_str() + id + 5, nullptr, 10);
                if (index - connection.first < connection.expected) {
                    again_.push_back({index, clock_.monotonic_ns() + RETRY_NS});
                }
            }
        }
    }

    const Options& options_;
    std::vector<std::string> raw_;
    std::vector<Target> targets_;
    std::vector<Connection> connections_;
    std::vector<Connection*> idle_;
    SystemClock clock_;
    int epoll_ = -1;
    size_t open_ = 0;
    std::deque<Retry> again_;
    size_t next_ = 0;
    size_t sent_ = 0;
    size_t answered_ = 0;
    size_t accepted_ = 0;
    uint64_t start_ns_ = 0;
    std::string first_error_;
};

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Posts signed transfers to Ethereum JSON-RPC nodes and prints one JSON line");
    app.add_option("--rpc", options.rpc, "http://IP:PORT; several share the load")->required();
    app.add_option("--accounts", options.accounts, "accounts.json with private keys")->required();
    app.add_option("--token", options.token,
                   "ERC-20 address: sends token transfers instead of native ones");
    app.add_option("--chain-id", options.chain_id);
    app.add_option("--count", options.count, "transactions");
    app.add_option("--connections", options.connections);
    app.add_option("--senders", options.senders, "accounts used");
    app.add_option("--recipients", options.recipients, "addresses that are sent to, in turn")
        ->check(CLI::PositiveNumber);
    app.add_option("--batch", options.batch, "calls per HTTP request");
    app.add_option("--rate", options.rate, "transactions per second; 0: as fast as they are taken");
    app.add_option("--seconds", options.seconds, "offer nothing new after so many; 0: no limit");
    app.add_flag("--retry", options.retry, "offer refused ones again until they are taken");
    app.add_option("--first-nonce", options.first_nonce,
                   "nonce of every sender's first transaction");
    CLI11_PARSE(app, argc, argv);
    return Load(options, sign_all(options, read_keys(options))).run();
}
