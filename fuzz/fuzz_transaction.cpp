// Any bytes as a transaction: what decodes must encode back to the same bytes, alone and inside a
// block body, and hashing and recovery must take whatever decoding accepts.
#include <otento/types/transaction.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace otento;
    using namespace otento::types;
    const BytesView in(data, size);
    for (const bool quorum_private : {false, true}) {
        const DecodeOptions options{.quorum_private = quorum_private};
        if (const auto tx = decode_transaction(in, options)) {
            ASSERT(equal(encode_transaction(*tx), in));
            rlp::Writer body;
            append_block_transaction(body, *tx);
            const auto again = decode_block_transaction(body.view(), options);
            ASSERT(again.has_value());
            ASSERT(*again == *tx);
            (void)transaction_hash(*tx);
            (void)recover_sender(*tx);
            for (const Authorization& authorization : tx->authorization_list) {
                (void)recover_authority(authorization);
            }
        }
        if (const auto tx = decode_block_transaction(in, options)) {
            rlp::Writer body;
            append_block_transaction(body, *tx);
            ASSERT(equal(body.view(), in));
        }
    }
    return 0;
}
