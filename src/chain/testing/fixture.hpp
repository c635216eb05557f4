// A small world for tests of the chain and of what stands on it: funded keys, signed transactions,
// a candidate list, and a chain in a folder that goes away.
#pragma once

#include <otento/chain/chain.hpp>

#include <deque>
#include <filesystem>
#include <string>

namespace otento::chain::testing {

/// A folder below the system's temporary one, removed at the end.
class TempFolder {
  public:
    TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder();
    [[nodiscard]] std::string path(std::string_view name) const { return (root_ / name).string(); }

  private:
    std::filesystem::path root_;
};

struct Key {
    Hash secret;
    Address address;
};
/// The same key for the same number, always.
[[nodiscard]] Key key(uint8_t number);

/// Chain id 1337, otento rules, all forks to Osaka, keys 1 to 9 with 1000 ether each.
[[nodiscard]] types::Genesis genesis();

/// A legacy transaction, signed (EIP-155), gas price 0.
[[nodiscard]] execution::Candidate transfer(const Key& from, uint64_t nonce, const Address& to,
                                            const uint256& wei);
[[nodiscard]] execution::Candidate signed_candidate(types::Transaction tx, const Key& from);
/// Creates a contract with `init_code`.
[[nodiscard]] execution::Candidate creation(const Key& from, uint64_t nonce, Bytes init_code,
                                            uint64_t gas = 1'000'000);
[[nodiscard]] execution::Candidate message(const Key& from, uint64_t nonce, const Address& to,
                                           Bytes data, uint64_t gas = 1'000'000);

/// Init code that deploys `code`.
[[nodiscard]] Bytes deployer(BytesView code);

/// Gives out candidates in order; remembers refusals.
class ListSource final : public execution::CandidateSource {
  public:
    explicit ListSource(std::deque<execution::Candidate> candidates)
        : candidates_(std::move(candidates)) {}
    [[nodiscard]] std::optional<execution::Candidate> next() override;
    void refused(const execution::Candidate& candidate, execution::TxError error) override;
    std::vector<execution::TxError> refusals;

  private:
    std::deque<execution::Candidate> candidates_;
};

[[nodiscard]] std::unique_ptr<Chain> open_chain(const std::string& path,
                                                const types::Genesis& genesis);
/// Builds at `timestamp`; aborts on failure.
[[nodiscard]] PendingPtr build(Chain& chain, const PendingPtr& parent,
                               std::deque<execution::Candidate> candidates, uint64_t timestamp);
/// Sends a built block through bytes into another chain; aborts on failure.
[[nodiscard]] PendingPtr replay(Chain& chain, const PendingPtr& parent, const PendingPtr& block);

}  // namespace otento::chain::testing
