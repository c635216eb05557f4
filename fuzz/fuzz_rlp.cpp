// Any bytes through the RLP reader: it must stay inside its input, and what it accepts must encode
// back to the same bytes, since only canonical encodings pass.
#include <otento/base/rlp.hpp>

namespace otento {
namespace {

constexpr int DEPTH_MAX = 64;  // Of this harness: the reader itself does not recurse.

/// Copies the items of `in` to `out`; false for anything malformed.
bool copy_items(rlp::Reader in, rlp::Writer& out, int depth) {
    while (!in.at_end()) {
        if (in.next_is_list()) {
            const auto list = in.read_list();
            if (!list || depth == DEPTH_MAX) {
                return false;
            }
            out.begin_list();
            if (!copy_items(*list, out, depth + 1)) {
                return false;
            }
            out.end_list();
            continue;
        }
        rlp::Reader number = in;
        const auto text = in.read_string();
        if (!text) {
            return false;
        }
        // Where the item is also a number, it must have the same encoding.
        if (const auto value = number.read_uint256()) {
            out.uint(*value);
        } else {
            out.string(*text);
        }
    }
    return true;
}

}  // namespace
}  // namespace otento

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace otento;
    const BytesView in(data, size);
    rlp::Writer out;
    if (copy_items(rlp::Reader(in), out, 0)) {
        ASSERT(equal(out.view(), in));
    }
    return 0;
}
