// A node for tests: answers are what the test sets.
#pragma once

#include <otento/config/testing/temporary_folder.hpp>
#include <otento/rpc/backend.hpp>
#include <otento/rpc/testing/fake_chain.hpp>

#include <map>
#include <utility>

namespace otento::rpc::testing {

/// Time stands still unless the test moves it.
class FakeClock final : public Clock {
  public:
    [[nodiscard]] uint64_t monotonic_ns() const noexcept override { return now_ns; }
    [[nodiscard]] uint64_t unix_ns() const noexcept override { return now_ns; }

    uint64_t now_ns = 1'700'000'000'000'000'000;
};

/// Submissions are answered at once, unless `hold` is set: then when the test says so.
class FakeBackend final : public Backend {
  public:
    using Done = std::function<void(SubmitAnswer)>;

    explicit FakeBackend(std::shared_ptr<FakeChain> chain_of_test)
        : chain(std::move(chain_of_test)) {}

    [[nodiscard]] std::shared_ptr<const chain::ChainView> view() const override {
        ++views_taken;
        return chain;
    }
    void submit_transaction(Bytes encoded, Done done) override {
        submitted.push_back(encoded);
        if (hold) {
            held.emplace_back(std::move(encoded), std::move(done));
        } else {
            done(answer(encoded));
        }
    }
    /// As the pool would: only what decodes is taken.
    [[nodiscard]] SubmitAnswer answer(BytesView encoded) const {
        const auto tx = types::decode_transaction(encoded);
        if (!refusal.empty() || !tx) {
            return {.accepted = false, .hash = {}, .error = tx ? refusal : "rlp: bad transaction"};
        }
        return {.accepted = true, .hash = types::transaction_hash(*tx), .error = {}};
    }
    [[nodiscard]] std::optional<PoolTransaction> pool_transaction(const Hash& hash) const override {
        const auto found = pool.find(hash);
        return found == pool.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] uint64_t pending_nonce(const Address&) const override { return nonce; }

    [[nodiscard]] LocalAccounts& local_accounts() override { return accounts; }

    [[nodiscard]] std::string client_version() const override { return "Otento/test"; }
    [[nodiscard]] uint64_t network_id() const override { return network; }
    [[nodiscard]] uint64_t peer_count() const override { return 2; }
    [[nodiscard]] uint64_t highest_block() const override { return highest; }

    [[nodiscard]] uint64_t raft_id() const override { return 2; }
    [[nodiscard]] std::string raft_role() const override { return role; }
    [[nodiscard]] std::optional<std::string> raft_leader() const override { return leader; }
    [[nodiscard]] std::vector<ClusterMember> raft_cluster() const override { return cluster; }

    void change_membership(MembershipCall call,
                           std::function<void(MembershipAnswer)> done) override {
        membership_calls.push_back(std::move(call));
        done(membership_answer);
    }

    [[nodiscard]] Readiness readiness() const override { return ready; }
    [[nodiscard]] std::string metrics() const override { return "otento_up 1\n"; }
    [[nodiscard]] std::optional<uint64_t> timestamp_nanos(const types::Header&) const override {
        return nanos;
    }

    std::shared_ptr<FakeChain> chain;
    config::testing::TemporaryFolder folder;
    FakeClock clock;
    LocalAccounts accounts{folder.path() + "/keystore", keystore::LIGHT_SCRYPT, clock};
    mutable size_t views_taken = 0;
    bool hold = false;
    std::vector<Bytes> submitted;
    std::vector<std::pair<Bytes, Done>> held;
    std::string refusal;
    std::map<Hash, PoolTransaction> pool;
    uint64_t nonce = 0;
    uint64_t network = 10;
    uint64_t highest = 0;
    std::string role = "verifier";
    std::optional<std::string> leader;
    std::vector<ClusterMember> cluster;
    std::vector<MembershipCall> membership_calls;
    MembershipAnswer membership_answer{.done = true, .raft_id = 4, .error = {}};
    Readiness ready{.ready = true, .reason = "in sync"};
    std::optional<uint64_t> nanos;
};

}  // namespace otento::rpc::testing
