// What an operator or another client may have written: genesis documents, member lists, enodes. A
// genesis that is taken is printed so that it reads the same again.
#include <otento/config/enode.hpp>
#include <otento/config/genesis.hpp>
#include <otento/config/static_nodes.hpp>

namespace {

using namespace otento;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(config::parse_static_nodes(text));
    static_cast<void>(config::parse_enode(text));
    const auto genesis = config::parse_genesis(text);
    if (genesis) {
        const std::string printed = config::print_genesis(*genesis);
        const auto again = config::parse_genesis(printed);
        ASSERT(again);
        ASSERT(config::print_genesis(*again) == printed);
    }
    return 0;
}
