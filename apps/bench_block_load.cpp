// Loads of blocks made here: transfers between random accounts, with keys and signatures.
#include "bench_block.hpp"

#include <otento/base/hex.hpp>
#include <otento/base/random.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/types/transaction.hpp>

namespace otento::apps {
namespace {

/// Runtime code of examples/first-light/Token.sol: OpenZeppelin Contracts 5.0.2 (MIT), solc 0.8.30,
/// optimizer with 200 runs, for Petersburg, without metadata. Balances are the mapping in slot 0.
constexpr std::string_view TOKEN_CODE =
    "608060405234801561001057600080fd5b50600436106100935760003560e01c8063313ce567116100665780"
    "63313ce567146100fe57806370a082311461010d57806395d89b4114610136578063a9059cbb1461013e5780"
    "63dd62ed3e1461015157600080fd5b806306fdde0314610098578063095ea7b3146100b657806318160ddd14"
    "6100d957806323b872dd146100eb575b600080fd5b6100a061018a565b6040516100ad919061056a565b6040"
    "5180910390f35b6100c96100c43660046105d4565b61021c565b60405190151581526020016100ad565b6002"
    "545b6040519081526020016100ad565b6100c96100f93660046105fe565b610236565b604051601281526020"
    "016100ad565b6100dd61011b36600461063b565b6001600160a01b0316600090815260208190526040902054"
    "90565b6100a061025a565b6100c961014c3660046105d4565b610269565b6100dd61015f36600461065d565b"
    "6001600160a01b03918216600090815260016020908152604080832093909416825291909152205490565b60"
    "606003805461019990610690565b80601f016020809104026020016040519081016040528092919081815260"
    "20018280546101c590610690565b80156102125780601f106101e75761010080835404028352916020019161"
    "0212565b820191906000526020600020905b8154815290600101906020018083116101f557829003601f1682"
    "01915b5050505050905090565b60003361022a818585610277565b60019150505b92915050565b6000336102"
    "44858285610289565b61024f85858561030c565b506001949350505050565b60606004805461019990610690"
    "565b60003361022a81858561030c565b610284838383600161036b565b505050565b6001600160a01b038381"
    "16600090815260016020908152604080832093861683529290522054600019811461030657818110156102f7"
    "57604051637dc7a0d960e11b81526001600160a01b0384166004820152602481018290526044810183905260"
    "64015b60405180910390fd5b6103068484848403600061036b565b50505050565b6001600160a01b03831661"
    "033657604051634b637e8f60e11b8152600060048201526024016102ee565b6001600160a01b038216610360"
    "5760405163ec442f0560e01b8152600060048201526024016102ee565b610284838383610440565b60016001"
    "60a01b0384166103955760405163e602df0560e01b8152600060048201526024016102ee565b6001600160a0"
    "1b0383166103bf57604051634a1406b160e11b8152600060048201526024016102ee565b6001600160a01b03"
    "8085166000908152600160209081526040808320938716835292905220829055801561030657826001600160"
    "a01b0316846001600160a01b03167f8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7"
    "c3b9258460405161043291815260200190565b60405180910390a350505050565b6001600160a01b03831661"
    "046b57806002600082825461046091906106ca565b909155506104dd9050565b6001600160a01b0383166000"
    "90815260208190526040902054818110156104be5760405163391434e360e21b81526001600160a01b038516"
    "600482015260248101829052604481018390526064016102ee565b6001600160a01b03841660009081526020"
    "819052604090209082900390555b6001600160a01b0382166104f957600280548290039055610518565b6001"
    "600160a01b03821660009081526020819052604090208054820190555b816001600160a01b03168360016001"
    "60a01b03167fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef836040516105"
    "5d91815260200190565b60405180910390a3505050565b602081526000825180602084015260005b81811015"
    "610598576020818601810151604086840101520161057b565b506000604082850101526040601f19601f8301"
    "1684010191505092915050565b80356001600160a01b03811681146105cf57600080fd5b919050565b600080"
    "604083850312156105e757600080fd5b6105f0836105b8565b946020939093013593505050565b6000806000"
    "6060848603121561061357600080fd5b61061c846105b8565b925061062a602085016105b8565b9295929450"
    "50506040919091013590565b60006020828403121561064d57600080fd5b610656826105b8565b9392505050"
    "565b6000806040838503121561067057600080fd5b610679836105b8565b9150610687602084016105b8565b"
    "90509250929050565b600181811c908216806106a457607f821691505b6020821081036106c457634e487b71"
    "60e01b600052602260045260246000fd5b50919050565b8082018082111561023057634e487b7160e01b6000"
    "52601160045260246000fd";

constexpr uint64_t CHAIN_ID = 1337;
constexpr uint64_t GAS_LIMIT = 160'000'000'000;
constexpr uint64_t WEI_PER_ETHER = 1'000'000'000'000'000'000;
constexpr uint64_t NATIVE_GAS = 21'000;
constexpr uint64_t TOKEN_GAS = 100'000;
constexpr uint64_t CREATION_GAS = 200'000;
constexpr uint64_t NEW_ACCOUNT_GAS = 30'000;
/// Deploys ten bytes that return 42.
constexpr std::string_view CREATION_CODE = "600a600c600039600a6000f3602a60005260206000f3";

Hash word_of(uint64_t seed, uint64_t i, uint64_t salt) {
    uint8_t be[24];
    store_be(be, seed);
    store_be(be + 8, i);
    store_be(be + 16, salt);
    return crypto::keccak256(be);
}

Hash padded(const Address& address) {
    return Hash::right_aligned(address);
}

/// Slot of `mapping(address => uint256)` in slot 0 (Solidity's storage layout).
Hash balance_slot(const Address& holder) {
    uint8_t preimage[64] = {};
    std::memcpy(preimage, padded(holder).data(), Hash::SIZE);
    return crypto::keccak256(preimage);
}

class LoadMaker {
  public:
    explicit LoadMaker(const LoadChoice& choice)
        : choice_(choice),
          random_(choice.seed),
          token_(Address::right_aligned(word_of(choice.seed, 0, TOKEN_SALT))),
          secrets_(choice.accounts),
          addresses_(choice.accounts),
          nonces_(choice.accounts) {}

    BlockLoad make() {
        choose_pairs();
        make_accounts();
        BlockLoad out;
        out.name = choice_.kind == LoadKind::native  ? "native"
                   : choice_.kind == LoadKind::erc20 ? "erc20"
                                                     : "mixed";
        for (uint64_t i = 0; i < choice_.blocks; ++i) {
            LoadBlock& block = out.blocks.emplace_back();
            block.timestamp = 1001 + i;
            for (uint64_t k = 0; k < choice_.transactions; ++k) {
                block.transactions.push_back(
                    make_transaction(pairs_[i * choice_.transactions + k]));
            }
        }
        fund(out.genesis);
        return out;
    }

  private:
    static constexpr uint64_t KEY_SALT = 1;
    static constexpr uint64_t TOKEN_SALT = 2;
    static constexpr uint64_t NEW_SALT = 3;

    struct Pair {
        uint64_t from = 0;
        uint64_t to = 0;
    };

    void choose_pairs() {
        pairs_.resize(choice_.blocks * choice_.transactions);
        for (Pair& pair : pairs_) {
            pair.from = random_.below(choice_.accounts);
            pair.to = random_.below(choice_.accounts);
        }
    }

    /// Only senders need keys; the others get addresses without known ones, which is faster.
    void make_accounts() {
        for (const Pair& pair : pairs_) {
            if (secrets_[pair.from].is_zero()) {
                secrets_[pair.from] = word_of(choice_.seed, pair.from, KEY_SALT);
                const auto key = crypto::public_key(secrets_[pair.from]);
                ASSERT(key.has_value());
                addresses_[pair.from] = crypto::address_of(*key);
            }
        }
        for (uint64_t i = 0; i < choice_.accounts; ++i) {
            if (secrets_[i].is_zero()) {
                addresses_[i] = Address::right_aligned(word_of(choice_.seed, i, KEY_SALT));
            }
        }
    }

    void fund(types::Genesis& genesis) const {
        genesis.config.chain_id = CHAIN_ID;
        genesis.gas_limit = GAS_LIMIT;
        for (const Address& address : addresses_) {
            genesis.alloc[address].balance = uint256{1'000'000} * uint256{WEI_PER_ETHER};
        }
        if (choice_.kind == LoadKind::native) {
            return;
        }
        types::GenesisAccount& token = genesis.alloc[token_];
        token.nonce = 1;
        token.code = *from_hex(TOKEN_CODE);
        const Hash balance = (uint256{1'000'000} * uint256{WEI_PER_ETHER}).to_be();
        for (const Address& address : addresses_) {
            token.storage[balance_slot(address)] = balance;
        }
    }

    Bytes make_transaction(const Pair& pair) {
        types::Transaction tx;
        tx.chain_id = CHAIN_ID;
        tx.nonce = nonces_[pair.from]++;
        switch (choice_.kind) {
            case LoadKind::native:
                fill_native(tx, addresses_[pair.to]);
                break;
            case LoadKind::erc20:
                fill_token(tx, addresses_[pair.to]);
                break;
            case LoadKind::mixed:
                fill_mixed(tx, addresses_[pair.to]);
                break;
        }
        ASSERT(types::sign(tx, secrets_[pair.from]));
        return types::encode_transaction(tx);
    }

    void fill_native(types::Transaction& tx, const Address& to) {
        tx.to = to;
        tx.value = 1 + random_.below(1000);
        tx.gas_limit = NATIVE_GAS;
    }

    void fill_token(types::Transaction& tx, const Address& to) {
        tx.to = token_;
        tx.gas_limit = TOKEN_GAS;
        tx.data = {0xa9, 0x05, 0x9c, 0xbb};  // transfer(address,uint256)
        append(tx.data, padded(to));
        append(tx.data, uint256{1 + random_.below(1000)}.to_be());
    }

    /// Transfers, tokens, some creations and new accounts. All succeed.
    void fill_mixed(types::Transaction& tx, const Address& to) {
        const uint64_t kind = random_.below(20);
        if (kind < 9) {
            fill_native(tx, to);
        } else if (kind < 18) {
            fill_token(tx, to);
        } else if (kind == 18) {
            tx.gas_limit = CREATION_GAS;
            tx.data = *from_hex(CREATION_CODE);
        } else {
            fill_native(tx,
                        Address::right_aligned(word_of(choice_.seed, random_.next(), NEW_SALT)));
            tx.gas_limit = NEW_ACCOUNT_GAS;
        }
    }

    LoadChoice choice_;
    Random random_;
    Address token_;
    std::vector<Pair> pairs_;
    std::vector<Hash> secrets_;  ///< Zero for accounts that never send.
    std::vector<Address> addresses_;
    std::vector<uint64_t> nonces_;
};

}  // namespace

BlockLoad make_block_load(const LoadChoice& choice) {
    return LoadMaker(choice).make();
}

}  // namespace otento::apps
