// Genesis document in geth's JSON form with GoQuorum's keys and `config.otento`
// (spec/quorum-raft.md 2.11).
//
// A document with `config.otento` starts a chain under our own rules; one without is a GoQuorum
// chain and keeps its classic rules. `config.otento` is an object:
//   feeMarket  boolean, default false: the EIP-1559 base fee moves
//   fork       name of the newest fork, active from block 0 on with all before it; only when no
//   fork is
//              scheduled by its own key. Default: DEFAULT_FORK.
// With one of the next two it belongs to a GoQuorum chain, whose classic rules it completes:
//   switchBlock         height from which Otento's own rules hold, with `fork` and `feeMarket`
//   quorumUpgradeBlock  height from which GoQuorum 2.6 or later minted; null: never. An import
//                       writes it when it finds it (docs/migrate-from-goquorum.md).
#pragma once

#include <otento/base/result.hpp>
#include <otento/config/error.hpp>
#include <otento/types/genesis.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace otento::config {

/// Newest fork of a new chain whose genesis schedules none.
inline constexpr std::string_view DEFAULT_FORK = "osaka";

/// GoQuorum's replacements for `gasLimit` 0 and `difficulty` null.
inline constexpr uint64_t DEFAULT_GAS_LIMIT = 800'000'000;
inline constexpr uint64_t DEFAULT_DIFFICULTY = 131'072;

/// Parses a genesis document. Keys match in any case, as in Go. Errors name the field.
/// @param notices  If not null, receives one line for each key that has no meaning here.
[[nodiscard]] Result<types::Genesis, Error> parse_genesis(
    std::string_view json, std::vector<std::string>* notices = nullptr);

[[nodiscard]] Result<types::Genesis, Error> load_genesis(
    const std::string& path, std::vector<std::string>* notices = nullptr);

/// What parse_genesis cannot see in one field: fork order, and what a node of ours can run: classic
/// rules end at Berlin and exclude chain id 1 (its EIP-155 signatures look like private
/// transactions). For `init`.
[[nodiscard]] Result<void, Error> validate_genesis(const types::Genesis& genesis);

/// The document again; parse_genesis gives back the same value.
[[nodiscard]] std::string print_genesis(const types::Genesis& genesis);

}  // namespace otento::config
