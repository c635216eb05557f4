#include <otento/base/hex.hpp>
#include <otento/crypto/precompiles.hpp>
#include <otento/execution/system_calls.hpp>

namespace otento::execution {

using namespace literals;
using evm::Fork;

namespace {

constexpr uint64_t SYSTEM_CALL_GAS = 30'000'000;  // EIP-4788
constexpr uint8_t DEPOSIT_REQUEST = 0;            // EIP-6110
constexpr uint8_t WITHDRAWAL_REQUEST = 1;         // EIP-7002
constexpr uint8_t CONSOLIDATION_REQUEST = 2;      // EIP-7251

struct Addresses {
    Address system = "0xfffffffffffffffffffffffffffffffffffffffe"_address;
    Address beacon_roots = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"_address;
    Address history = "0x0000f90827f1c53a10cb7a02335b175320002935"_address;
    Address deposits = "0x00000000219ab540356cbb839cbe05303d7705fa"_address;
    Address withdrawals = "0x00000961ef480eb55e80d19ad83579a64c007002"_address;
    Address consolidations = "0x0000bbddc7ce488642fb579f8b00f3a590007251"_address;
    Hash deposit_event = "0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5"_hash;
};

[[nodiscard]] const Addresses& addresses() {
    static const Addresses value;
    return value;
}

[[nodiscard]] evm::CallResult system_call(Environment& env, const Address& target,
                                          BytesView input) {
    env.state.begin_transaction();
    env.host.begin_transaction(addresses().system, 0, {});
    evm::Message message;
    message.gas = SYSTEM_CALL_GAS;
    message.sender = addresses().system;
    message.recipient = target;
    message.code_address = target;
    message.input = input;
    evm::CallResult result = env.evm.execute(message);
    (void)env.state.take_logs();
    env.state.end_transaction(true);
    return result;
}

[[nodiscard]] bool has_code(Environment& env, const Address& address) {
    return !env.state.code(address).bytes->empty();
}

/// One field of the deposit event: its offset in the ABI head, its length, and where it stands.
struct DepositField {
    uint64_t offset;
    uint64_t size;
};
// pubkey, withdrawal_credentials, amount, signature, index.
constexpr DepositField DEPOSIT_FIELDS[] = {{160, 48}, {256, 32}, {320, 8}, {384, 96}, {512, 8}};
constexpr size_t DEPOSIT_EVENT_SIZE = 576;

/// Appends the 192 bytes of a deposit request; false if the event has another layout.
[[nodiscard]] bool append_deposit(Bytes& out, BytesView data) {
    if (data.size() != DEPOSIT_EVENT_SIZE) {
        return false;
    }
    for (size_t i = 0; i < std::size(DEPOSIT_FIELDS); ++i) {
        const DepositField& field = DEPOSIT_FIELDS[i];
        if (uint256::from_be(data.subspan(32 * i, 32)) != uint256{field.offset} ||
            uint256::from_be(data.subspan(field.offset, 32)) != uint256{field.size}) {
            return false;
        }
        append(out, data.subspan(field.offset + 32, field.size));
    }
    return true;
}

}  // namespace

void begin_block_calls(Environment& env) {
    if (!env.rules.system_calls) {
        return;
    }
    if (env.rules.at_least(Fork::cancun) && has_code(env, addresses().beacon_roots)) {
        (void)system_call(env, addresses().beacon_roots, env.block.parent_beacon_block_root);
    }
    if (env.rules.at_least(Fork::prague) && has_code(env, addresses().history)) {
        (void)system_call(env, addresses().history, env.block.parent_hash);
    }
}

Result<std::vector<Bytes>, SystemCallError> collect_requests(
    Environment& env, const std::vector<types::Receipt>& receipts) {
    std::vector<Bytes> out;
    if (!env.rules.system_calls || !env.rules.at_least(Fork::prague)) {
        return out;
    }
    Bytes deposits{DEPOSIT_REQUEST};
    for (const auto& receipt : receipts) {
        for (const auto& log : receipt.logs) {
            if (log.address == addresses().deposits && !log.topics.empty() &&
                log.topics[0] == addresses().deposit_event && !append_deposit(deposits, log.data)) {
                return Err(SystemCallError::bad_deposit);
            }
        }
    }
    if (deposits.size() > 1) {
        out.push_back(std::move(deposits));
    }
    const struct {
        uint8_t type;
        const Address& contract;
    } queues[] = {{WITHDRAWAL_REQUEST, addresses().withdrawals},
                  {CONSOLIDATION_REQUEST, addresses().consolidations}};
    for (const auto& queue : queues) {
        if (!has_code(env, queue.contract)) {
            return Err(SystemCallError::contract_missing);
        }
        evm::CallResult result = system_call(env, queue.contract, {});
        if (result.status != evm::Status::success) {
            return Err(SystemCallError::call_failed);
        }
        if (!result.output.empty()) {
            Bytes request{queue.type};
            append(request, result.output);
            out.push_back(std::move(request));
        }
    }
    return out;
}

Hash requests_hash(const std::vector<Bytes>& requests) {
    Bytes hashes;
    for (const auto& request : requests) {
        append(hashes, crypto::sha256(request));
    }
    return crypto::sha256(hashes);
}

}  // namespace otento::execution
