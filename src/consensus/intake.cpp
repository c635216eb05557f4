#include <otento/consensus/intake.hpp>

#include <otento/crypto/keccak.hpp>

namespace otento::consensus {

Result<Intake, std::string> take_in(Bytes encoded, const execution::Rules& rules,
                                    size_t bytes_max) {
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
    const auto sender = execution::recover_sender(*out.tx, rules);
    if (!sender) {
        return Err(std::string(to_string(execution::TxError::invalid_signature)));
    }
    out.sender = *sender;
    out.hash = crypto::keccak256(encoded);
    out.encoded = std::move(encoded);
    return out;
}

}  // namespace otento::consensus
