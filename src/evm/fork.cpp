#include <otento/evm/fork.hpp>

#include <otento/base/ascii.hpp>

#include <array>
#include <string>

namespace otento::evm {
namespace {

struct Name {
    std::string_view text;
    Fork fork;
};

/// Our own names first, in the order of Fork; then the spellings of test vectors and of other
/// clients.
constexpr std::array NAMES = {
    Name{"frontier", Fork::frontier},
    Name{"homestead", Fork::homestead},
    Name{"tangerine_whistle", Fork::tangerine_whistle},
    Name{"spurious_dragon", Fork::spurious_dragon},
    Name{"byzantium", Fork::byzantium},
    Name{"constantinople", Fork::constantinople},
    Name{"petersburg", Fork::petersburg},
    Name{"istanbul", Fork::istanbul},
    Name{"berlin", Fork::berlin},
    Name{"london", Fork::london},
    Name{"paris", Fork::paris},
    Name{"shanghai", Fork::shanghai},
    Name{"cancun", Fork::cancun},
    Name{"prague", Fork::prague},
    Name{"osaka", Fork::osaka},
    Name{"eip150", Fork::tangerine_whistle},
    Name{"tangerinewhistle", Fork::tangerine_whistle},
    Name{"eip158", Fork::spurious_dragon},
    Name{"spuriousdragon", Fork::spurious_dragon},
    Name{"constantinoplefix", Fork::petersburg},
    Name{"muirglacier", Fork::istanbul},
    Name{"arrowglacier", Fork::london},
    Name{"grayglacier", Fork::london},
    Name{"merge", Fork::paris},
    Name{"bpo1", Fork::osaka},
    Name{"bpo2", Fork::osaka},
};

}  // namespace

std::optional<Fork> fork_from_name(std::string_view name) noexcept {
    for (const Name& candidate : NAMES) {
        if (equal_ignoring_case(candidate.text, name)) {
            return candidate.fork;
        }
    }
    return std::nullopt;
}

std::string_view to_string(Fork fork) noexcept {
    return NAMES[static_cast<size_t>(fork)].text;
}

}  // namespace otento::evm
