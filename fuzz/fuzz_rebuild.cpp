// Any JSON as a source's eth_getBlockByNumber: what is rebuilt has the hashes it claims, so it
// decodes as a block or is refused.
#include <otento/crypto/keccak.hpp>
#include <otento/follow/rebuild.hpp>
#include <otento/jsonrpc/decode.hpp>

#include <otento/base/rlp.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace otento;
    const auto document = jsonrpc::parse(std::string(reinterpret_cast<const char*>(data), size));
    if (!document) {
        return 0;
    }
    const auto rebuilt = follow::rebuild_block(document->root());
    if (rebuilt) {
        rlp::Reader outer(*rebuilt);
        auto fields = outer.read_list();
        ASSERT(fields.has_value());
        const auto header = fields->read_raw();
        ASSERT(header.has_value());
        const auto claimed = jsonrpc::decode_hash(*document->root().find("hash"));
        ASSERT(claimed.has_value());
        ASSERT(crypto::keccak256(*header) == *claimed);
    }
    return 0;
}
