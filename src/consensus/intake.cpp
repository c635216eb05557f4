#include <otento/consensus/intake.hpp>

#include <otento/crypto/keccak.hpp>

namespace otento::consensus {

namespace {

/// All but the sender and the hash.
Result<Intake, std::string> check(Bytes encoded, const execution::Rules& rules, size_t bytes_max) {
    if (encoded.size() > bytes_max) {
        return Err(std::string(to_string(txpool::Refusal{.error = txpool::PoolError::oversized})));
    }
    auto decoded = types::decode_transaction(encoded);
    if (!decoded) {
        return Err(std::string(to_string(decoded.error())));
    }
    Intake out;
    out.tx = std::make_shared<const types::Transaction>(*std::move(decoded));
    if (const auto checked = execution::validate_stateless(*out.tx, rules); !checked) {
        return Err(std::string(to_string(checked.error())));
    }
    out.encoded = std::move(encoded);
    return out;
}

}  // namespace

Result<Intake, std::string> take_in(Bytes encoded, const execution::Rules& rules,
                                    size_t bytes_max) {
    TRY(Intake out, check(std::move(encoded), rules, bytes_max));
    const auto sender = execution::recover_sender(*out.tx, rules);
    if (!sender) {
        return Err(std::string(to_string(execution::TxError::invalid_signature)));
    }
    out.sender = *sender;
    out.hash = crypto::keccak256(out.encoded);
    return out;
}

std::vector<Intake> take_in_many(std::span<const BytesView> encoded, const execution::Rules& rules,
                                 size_t bytes_max) {
    std::vector<Intake> checked;
    std::vector<const types::Transaction*> txs;
    for (const BytesView bytes : encoded) {
        if (bytes.size() > bytes_max) {
            continue;
        }
        if (auto intake = check(to_bytes(bytes), rules, bytes_max)) {
            intake->hash = crypto::keccak256(bytes);
            checked.push_back(*std::move(intake));
            txs.push_back(checked.back().tx.get());
        }
    }
    const auto senders = execution::recover_senders(txs, rules);
    std::vector<Intake> out;
    for (size_t i = 0; i < checked.size(); ++i) {
        if (senders[i]) {
            checked[i].sender = *senders[i];
            out.push_back(std::move(checked[i]));
        }
    }
    return out;
}

}  // namespace otento::consensus
