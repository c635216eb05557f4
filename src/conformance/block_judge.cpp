#include <otento/base/hex.hpp>
#include <otento/chain/chain.hpp>
#include <otento/conformance/judge.hpp>
#include <otento/conformance/networks.hpp>

#include <fmt/core.h>

namespace otento::conformance {

using execution::BlockFault;
using types::Block;
using types::Header;

namespace {

/// A chain that lives in memory and grows block by block: the test-only importer.
class Importer final : public execution::BlockHashes {
  public:
    Importer(const types::ChainConfig& config, const Accounts& pre, Header genesis)
        : config_(config), head_(std::move(genesis)) {
        state_.apply(pre);
        hashes_.emplace(head_.number, types::header_hash(head_));
    }

    [[nodiscard]] Hash block_hash(uint64_t number) const override {
        const auto found = hashes_.find(number);
        return found == hashes_.end() ? Hash{} : found->second;
    }
    [[nodiscard]] Hash head_hash() const { return hashes_.at(head_.number); }
    [[nodiscard]] Hash state_root() const { return state_.state_root(); }

    /// Empty, or why the block was refused; then nothing has changed.
    [[nodiscard]] std::string import(Bytes rlp) {
        const auto decoded =
            chain::decode_and_recover(std::make_shared<const Bytes>(std::move(rlp)), config_);
        if (!decoded) {
            return describe(decoded.error());
        }
        const Block& block = *decoded->block;
        if (block.header.parent_hash != head_hash()) {
            return "unknown parent";
        }
        if (const auto sound = chain::check_header(config_, block.header, head_); !sound) {
            return describe(sound.error());
        }
        const auto rules =
            execution::rules_at(config_, block.header.number, block.header.timestamp);
        if (const auto fits = chain::check_size(decoded->encoded->size(), rules); !fits) {
            return describe(fits.error());
        }
        const auto root_after = [this](const state::StateDiff& diff) {
            state::MemoryState next;
            next.apply(accounts());
            next.apply(diff);
            return next.state_root();
        };
        const auto outcome =
            execution::execute_block(state_, rules, block, decoded->senders, this, root_after);
        if (!outcome) {
            return describe(outcome.error());
        }
        if (const Hash root = root_after(outcome->diff); root != block.header.state_root) {
            return fmt::format("state root {} instead of {}", to_hex0x(root),
                               to_hex0x(block.header.state_root));
        }
        state_.apply(outcome->diff);
        head_ = block.header;
        hashes_.emplace(head_.number, decoded->hash);
        return {};
    }

  private:
    [[nodiscard]] static std::string describe(const BlockFault& fault) {
        return fmt::format("{}: {}", execution::to_string(fault.error), fault.detail);
    }

    /// The whole state as a diff on nothing.
    [[nodiscard]] Accounts accounts() const {
        Accounts out;
        for (const auto& [address, account] : state_.accounts()) {
            state::AccountDiff diff;
            diff.nonce = account.nonce;
            diff.balance = account.balance;
            diff.code_hash = account.code_hash;
            diff.code = account.code;
            diff.storage = account.storage;
            out.accounts.emplace(address, std::move(diff));
        }
        return out;
    }

    const types::ChainConfig& config_;
    state::MemoryState state_;
    Header head_;
    std::map<uint64_t, Hash> hashes_;
};

[[nodiscard]] std::string judge_blocks(const BlockFixture& fixture,
                                       const types::ChainConfig& config) {
    Header genesis = fixture.genesis_header;
    if (!fixture.genesis_rlp.empty()) {
        const auto decoded = types::decode_block(fixture.genesis_rlp);
        if (!decoded) {
            return "genesis does not decode";
        }
        if (decoded->header != genesis ||
            !equal(types::encode_block(*decoded), fixture.genesis_rlp)) {
            return "genesis differs from its header";
        }
    }
    Importer importer(config, fixture.pre, genesis);
    if (importer.state_root() != genesis.state_root) {
        return "genesis state root";
    }
    for (size_t i = 0; i < fixture.blocks.size(); ++i) {
        const BlockExpectation& expect = fixture.blocks[i];
        const std::string refusal = importer.import(expect.rlp);
        if (expect.exception && refusal.empty()) {
            return fmt::format("block {} accepted, but should be refused: {}", i + 1,
                               *expect.exception);
        }
        if (!expect.exception && !refusal.empty()) {
            return fmt::format("block {} refused: {}", i + 1, refusal);
        }
    }
    if (importer.head_hash() != fixture.last_block_hash) {
        return "head hash differs";
    }
    if (fixture.post) {
        state::MemoryState post;
        post.apply(*fixture.post);
        if (post.state_root() != importer.state_root()) {
            return "post state differs";
        }
    }
    if (fixture.post_root && *fixture.post_root != importer.state_root()) {
        return "post state root differs";
    }
    return {};
}

}  // namespace

void judge_chain(const BlockFixture& fixture, const std::function<bool(std::string_view)>& wanted,
                 const Report& report) {
    if (!wanted(fixture.network)) {
        return;
    }
    Verdict verdict;
    verdict.test_case = fixture.name;
    if (const auto config =
            config_of_network(fixture.network, fixture.chain_id, fixture.blob_schedule)) {
        verdict.reason = judge_blocks(fixture, *config);
    } else {
        verdict.skipped = true;
    }
    report(std::move(verdict));
}

}  // namespace otento::conformance
