// Any bytes as each of the records that come from peers or from disk: what decodes must encode back
// to the same bytes.
#include <otento/types/account.hpp>
#include <otento/types/block.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace otento;
    using namespace otento::types;
    const BytesView in(data, size);
    for (const bool quorum_private : {false, true}) {
        if (const auto block = decode_block(in, {.quorum_private = quorum_private})) {
            ASSERT(equal(encode_block(*block), in));
        }
    }
    if (const auto header = decode_header(in)) {
        ASSERT(equal(encode_header(*header), in));
    }
    if (const auto receipt = decode_stored_receipt(in)) {
        ASSERT(equal(encode_stored_receipt(*receipt), in));
        (void)encode_receipt(*receipt);
    }
    if (const auto account = decode_account(in)) {
        ASSERT(equal(encode_account(*account), in));
    }
    return 0;
}
