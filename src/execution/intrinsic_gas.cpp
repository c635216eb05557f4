#include <otento/execution/validate.hpp>

#include <algorithm>

namespace otento::execution {

using evm::Fork;

namespace {

constexpr uint64_t TX_CREATE_COST = 32000;           // Yellow Paper G_txcreate, EIP-2
constexpr uint64_t ZERO_BYTE_COST = 4;               // G_txdatazero
constexpr uint64_t NONZERO_BYTE_COST_FRONTIER = 68;  // G_txdatanonzero
constexpr uint64_t NONZERO_BYTE_COST_ISTANBUL = 16;  // EIP-2028
constexpr uint64_t INITCODE_WORD_COST = 2;           // EIP-3860
constexpr uint64_t ACCESS_LIST_ADDRESS_COST = 2400;  // EIP-2930
constexpr uint64_t ACCESS_LIST_STORAGE_COST = 1900;  // EIP-2930
constexpr uint64_t AUTHORIZATION_COST = 25000;       // EIP-7702 PER_EMPTY_ACCOUNT_COST
constexpr uint64_t FLOOR_TOKEN_COST = 10;            // EIP-7623
constexpr uint64_t TOKENS_PER_NONZERO_BYTE = 4;      // EIP-7623

}  // namespace

IntrinsicGas intrinsic_gas(const types::Transaction& tx, Fork fork) noexcept {
    const uint64_t size = tx.data.size();
    const auto zeros = static_cast<uint64_t>(std::ranges::count(tx.data, uint8_t{0}));
    const uint64_t nonzeros = size - zeros;

    IntrinsicGas out;
    out.gas = TX_BASE_COST + zeros * ZERO_BYTE_COST +
              nonzeros * (fork >= Fork::istanbul ? NONZERO_BYTE_COST_ISTANBUL
                                                 : NONZERO_BYTE_COST_FRONTIER);
    if (tx.is_creation() && fork >= Fork::homestead) {
        out.gas += TX_CREATE_COST;
        if (fork >= Fork::shanghai) {
            out.gas += INITCODE_WORD_COST * ((size + 31) / 32);
        }
    }
    for (const auto& entry : tx.access_list) {
        out.gas += ACCESS_LIST_ADDRESS_COST + ACCESS_LIST_STORAGE_COST * entry.storage_keys.size();
    }
    out.gas += AUTHORIZATION_COST * tx.authorization_list.size();
    if (fork >= Fork::prague) {
        out.floor = TX_BASE_COST + FLOOR_TOKEN_COST * (zeros + TOKENS_PER_NONZERO_BYTE * nonzeros);
    }
    return out;
}

IntrinsicGas intrinsic_gas(const types::Transaction& tx, const Rules& rules) noexcept {
    IntrinsicGas out = intrinsic_gas(tx, rules.fork());
    if (tx.is_creation() && !rules.homestead() && rules.at_least(Fork::homestead)) {
        out.gas -= TX_CREATE_COST;
    }
    return out;
}

}  // namespace otento::execution
