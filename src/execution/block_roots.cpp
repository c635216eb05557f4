#include <otento/base/rlp.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/execution/block_roots.hpp>
#include <otento/trie/ordered_root.hpp>

namespace otento::execution {

namespace {

template <typename T, typename Encode>
[[nodiscard]] Hash root_over(const std::vector<T>& items, Encode encode) {
    std::vector<Bytes> encoded;
    encoded.reserve(items.size());
    for (const auto& item : items) {
        encoded.push_back(encode(item));
    }
    return trie::root_of(encoded);
}

}  // namespace

Hash transactions_root(const std::vector<types::Transaction>& transactions) {
    return root_over(transactions, types::encode_transaction);
}

Hash receipts_root(const std::vector<types::Receipt>& receipts) {
    return root_over(receipts, types::encode_receipt);
}

Hash withdrawals_root(const std::vector<types::Withdrawal>& withdrawals) {
    return root_over(withdrawals, [](const types::Withdrawal& withdrawal) {
        rlp::Writer writer;
        writer.begin_list()
            .uint(withdrawal.index)
            .uint(withdrawal.validator_index)
            .string(withdrawal.address)
            .uint(withdrawal.amount_gwei)
            .end_list();
        return writer.take();
    });
}

Hash ommers_hash(const std::vector<types::Header>& ommers) {
    if (ommers.empty()) {
        return types::EMPTY_OMMERS_HASH;
    }
    rlp::Writer writer;
    writer.begin_list();
    for (const auto& ommer : ommers) {
        writer.raw(types::encode_header(ommer));
    }
    writer.end_list();
    return crypto::keccak256(writer.view());
}

types::Bloom receipts_bloom(const std::vector<types::Receipt>& receipts) noexcept {
    types::Bloom out;
    for (const auto& receipt : receipts) {
        for (size_t i = 0; i < types::Bloom::SIZE; ++i) {
            out[i] |= receipt.logs_bloom[i];
        }
    }
    return out;
}

}  // namespace otento::execution
