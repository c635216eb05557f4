#include <otento/txpool/pool_types.hpp>

namespace otento::txpool {

std::string_view to_string(const Refusal& refusal) noexcept {
    switch (refusal.error) {
        case PoolError::already_known:
            return "already known";
        case PoolError::replacement_underpriced:
            return "replacement transaction underpriced";
        case PoolError::underpriced:
            return "transaction underpriced";
        case PoolError::oversized:
            return "oversized data";
        case PoolError::pool_full:
            return "txpool is full";
        case PoolError::account_limit:
            return "account limit exceeded";
        case PoolError::invalid:
            return execution::to_string(refusal.tx_error);
        case PoolError::journal:
            return "transaction journal cannot be written";
    }
    return "transaction refused";
}

}  // namespace otento::txpool
