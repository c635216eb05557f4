// rpc::Backend of a node that is no member yet: serves what its chain has, says what it waits for.
#pragma once

#include <otento/chain/chain.hpp>
#include <otento/node/joiner.hpp>
#include <otento/rpc/backend.hpp>

namespace otento::node {

class JoiningBackend final : public rpc::Backend {
  public:
    struct Parts {
        const chain::Chain& chain;
        std::shared_ptr<const Joiner> joiner;
        rpc::LocalAccounts& accounts;
        std::string client_version;
        uint64_t network_id = 0;
    };
    explicit JoiningBackend(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] std::shared_ptr<const chain::ChainView> view() const override {
        return parts_.chain.view();
    }
    void submit_transaction(Bytes, std::function<void(rpc::SubmitAnswer)> done) override {
        done({.accepted = false, .hash = {}, .error = parts_.joiner->progress()});
    }
    [[nodiscard]] std::optional<rpc::PoolTransaction> pool_transaction(const Hash&) const override {
        return std::nullopt;
    }
    [[nodiscard]] uint64_t pending_nonce(const Address& address) const override {
        const auto view = parts_.chain.view();
        const auto account = view->state_at(view->head_number())->account(address);
        return account ? account->nonce : 0;
    }
    [[nodiscard]] rpc::LocalAccounts& local_accounts() override { return parts_.accounts; }

    [[nodiscard]] std::string client_version() const override { return parts_.client_version; }
    [[nodiscard]] uint64_t network_id() const override { return parts_.network_id; }
    [[nodiscard]] uint64_t peer_count() const override { return 0; }
    [[nodiscard]] uint64_t highest_block() const override {
        return parts_.chain.view()->head_number() + 1;  // There is more than we have.
    }
    [[nodiscard]] uint64_t raft_id() const override { return 0; }
    [[nodiscard]] std::string raft_role() const override { return ""; }
    [[nodiscard]] std::optional<std::string> raft_leader() const override { return std::nullopt; }
    [[nodiscard]] std::vector<rpc::ClusterMember> raft_cluster() const override { return {}; }
    void change_membership(rpc::MembershipCall,
                           std::function<void(rpc::MembershipAnswer)> done) override {
        done({.done = false,
              .raft_id = 0,
              .error = "node not part of raft cluster. operations not allowed"});
    }
    [[nodiscard]] rpc::Readiness readiness() const override {
        return {.ready = false, .reason = parts_.joiner->progress()};
    }
    [[nodiscard]] std::string metrics() const override { return "otento_ready 0\n"; }
    [[nodiscard]] std::optional<uint64_t> timestamp_nanos(
        const types::Header& header) const override {
        const auto seal = consensus::read_seal(header);
        return seal ? std::optional(seal->timestamp_ns) : std::nullopt;
    }

  private:
    const Parts parts_;
};

}  // namespace otento::node
