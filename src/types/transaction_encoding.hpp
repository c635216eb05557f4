// The two byte forms of a transaction: what is stored and sent, and what its sender signs. Internal
// to types.
#pragma once

#include <otento/types/transaction.hpp>

namespace otento::types {

enum class Purpose { canonical, signing };

[[nodiscard]] Bytes encode_for(const Transaction& tx, Purpose purpose);

}  // namespace otento::types
