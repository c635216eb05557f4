#include <otento/p2p/conversation.hpp>

#include <otento/base/inbox.hpp>
#include <otento/net/session.hpp>
#include <otento/p2p/hello.hpp>
#include <otento/p2p/node_proof.hpp>

#include <fmt/core.h>

#include <thread>

namespace otento::p2p {
namespace {

using Heard = Result<Bytes, std::string>;

class ConversationImpl final : public Conversation, private net::SessionEvents {
  public:
    ConversationImpl(ConversationOptions options, std::shared_ptr<const net::TlsIdentity> identity)
        : options_(std::move(options)), identity_(std::move(identity)) {}
    ConversationImpl(const ConversationImpl&) = delete;
    ConversationImpl& operator=(const ConversationImpl&) = delete;
    ~ConversationImpl() override {
        if (thread_.joinable()) {
            loop_.post([this] {
                if (session_ != nullptr) {
                    session_->close("done");
                }
                loop_.stop();
            });
            thread_.join();
        }
    }

    [[nodiscard]] Result<void, std::string> connect() {
        loop_.post([this] {
            net::SessionOptions session;
            session.connect_timeout_ms = options_.connect_timeout_ms;
            session.handshake_timeout_ms = options_.connect_timeout_ms;
            session_ = &net::dial(loop_, identity_, {options_.host, options_.port}, session, *this);
        });
        thread_ = std::thread([this] { loop_.run(); });
        TRY_VOID(wait(2 * options_.connect_timeout_ms));
        return {};
    }

    Result<Bytes, std::string> ask(Bytes question, uint32_t timeout_ms) override {
        loop_.post([this, body = std::make_shared<const Bytes>(std::move(question))] {
            if (session_ != nullptr &&
                session_->send(static_cast<uint8_t>(FrameKind::question), body)) {
                session_->flush();
            }
        });
        return wait(timeout_ms);
    }

    const NodeKey& peer_key() const noexcept override { return peer_key_; }

  private:
    [[nodiscard]] Heard wait(uint32_t timeout_ms) {
        auto heard = heard_.wait_until(std::chrono::steady_clock::now() +
                                       std::chrono::milliseconds(timeout_ms));
        if (heard.empty()) {
            return Err(fmt::format("{} port {} does not answer", options_.host, options_.port));
        }
        return std::move(heard.front());
    }

    void on_ready(net::Session& session) override {
        peer_key_ = session.peer_key();
        const auto hello =
            std::make_shared<const Bytes>(encode_hello({.version = PROTOCOL_VERSION,
                                                        .network_id = options_.network_id,
                                                        .genesis_hash = options_.genesis_hash,
                                                        .raft_id = 0,
                                                        .lane = Lane::questions,
                                                        .instance = 0}));
        if (session.send(static_cast<uint8_t>(FrameKind::hello), hello)) {
            session.flush();
        }
    }

    void on_frame(net::Session& session, uint8_t kind, Bytes body) override {
        if (kind == static_cast<uint8_t>(FrameKind::hello)) {
            session.confirm(options_.answer_bytes_max);
            heard_.push_always(Bytes{});
        } else if (kind == static_cast<uint8_t>(FrameKind::answer)) {
            heard_.push_always(std::move(body));
        } else if (kind == static_cast<uint8_t>(FrameKind::refusal)) {
            session.close(fmt::format("{} port {} refuses us: {}", options_.host, options_.port,
                                      to_string(decode_refusal(body))));
        } else {
            session.close("unexpected frame");
        }
    }

    void on_closed(net::Session&, const std::string& reason) override {
        session_ = nullptr;
        heard_.push_always(Err(reason));
    }

    const ConversationOptions options_;
    const std::shared_ptr<const net::TlsIdentity> identity_;
    Inbox<Heard> heard_{16};
    NodeKey peer_key_;
    net::Session* session_ = nullptr;
    net::Loop loop_;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Conversation>, std::string> Conversation::start(
    ConversationOptions options) {
    auto proof = make_node_proof(options.secret_key);
    if (!proof) {
        return Err(std::string("the node key is not valid"));
    }
    auto identity = net::TlsIdentity::create(std::move(*proof));
    if (!identity) {
        return Err(std::string(to_string(identity.error())));
    }
    auto conversation =
        std::make_unique<ConversationImpl>(std::move(options), std::move(*identity));
    TRY_VOID(conversation->connect());
    return std::unique_ptr<Conversation>(std::move(conversation));
}

}  // namespace otento::p2p
