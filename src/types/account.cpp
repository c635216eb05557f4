#include <otento/types/account.hpp>

#include <otento/types/fields.hpp>

namespace otento::types {

Bytes encode_account(const Account& account) {
    rlp::Writer out;
    out.begin_list().uint(account.nonce).uint(account.balance);
    out.string(account.storage_root).string(account.code_hash).end_list();
    return out.take();
}

Result<Account, BlockDecodeError> decode_account(BytesView in) {
    std::optional<rlp::Error> error;
    Fields fields = Fields::of_item(in, error);
    Account out;
    out.nonce = fields.u64();
    out.balance = fields.u256();
    out.storage_root = fields.fixed<32>();
    out.code_hash = fields.fixed<32>();
    fields.finish();
    if (error) {
        return Err(*error == rlp::Error::trailing_bytes ? BlockDecodeError::trailing_bytes
                                                        : BlockDecodeError::rlp);
    }
    return out;
}

}  // namespace otento::types
