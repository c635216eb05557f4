// Any bytes as a request body: parsed, read as a message, and every parameter tried with every
// decoder.
#include <otento/jsonrpc/call.hpp>
#include <otento/jsonrpc/envelope.hpp>
#include <otento/jsonrpc/params.hpp>

namespace {

using namespace otento::jsonrpc;

void try_decoders(Value value) {
    (void)decode_quantity64(value);
    (void)decode_quantity(value);
    (void)decode_data(value);
    (void)decode_hash(value);
    (void)decode_address(value);
    (void)decode_bool(value);
    (void)decode_storage_key(value);
    (void)decode_block_number(value);
    (void)decode_block(value);
    (void)decode_call(value);
    (void)decode_state_override(value);
    (void)decode_block_override(value);
    (void)decode_log_filter(value);
}

/// Whatever was accepted is written again and must be accepted again.
void write_value(Writer& out, Value value) {
    switch (value.kind()) {
        case Kind::array:
            out.begin_array();
            for (const Value element : value) {
                write_value(out, element);
            }
            out.end_array();
            break;
        case Kind::object: {
            out.begin_array();
            const auto last = value.end();
            for (auto i = value.begin(); i != last; ++i) {
                out.string(i.key());
                write_value(out, *i);
            }
            out.end_array();
            break;
        }
        case Kind::string:
            out.string(value.text());
            break;
        default:
            out.raw(value.raw());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto document = parse(std::string(reinterpret_cast<const char*>(data), size));
    if (!document) {
        return 0;
    }
    const Message message = read_message(document->root(), 1000);
    for (const auto& request : message.requests) {
        Writer out;
        write_error(out, request.id, request.error.value_or(Error{}));
        ASSERT(parse(out.take()).has_value());
        if (request.params) {
            const Value params = *request.params;
            for (const Value value : params) {
                try_decoders(value);
            }
        }
    }
    Writer out;
    write_value(out, document->root());
    ASSERT(parse(out.take()).has_value());
    return 0;
}
