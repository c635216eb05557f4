#include <otento/config/genesis_forks.hpp>

namespace otento::config {
namespace {

using types::ForkSchedule;

constexpr ForkField FIELDS[] = {
    {"homesteadBlock", "homestead", &ForkSchedule::homestead_block, false},
    {"eip150Block", "tangerine_whistle", &ForkSchedule::eip150_block, false},
    {"eip155Block", "", &ForkSchedule::eip155_block, false},
    {"eip158Block", "spurious_dragon", &ForkSchedule::eip158_block, false},
    {"byzantiumBlock", "byzantium", &ForkSchedule::byzantium_block, false},
    {"constantinopleBlock", "constantinople", &ForkSchedule::constantinople_block, false},
    {"petersburgBlock", "petersburg", &ForkSchedule::petersburg_block, false},
    {"istanbulBlock", "istanbul", &ForkSchedule::istanbul_block, false},
    {"berlinBlock", "berlin", &ForkSchedule::berlin_block, false},
    {"londonBlock", "london", &ForkSchedule::london_block, false},
    {"mergeNetsplitBlock", "paris", &ForkSchedule::paris_block, false},
    {"shanghaiTime", "shanghai", &ForkSchedule::shanghai_time, true},
    {"cancunTime", "cancun", &ForkSchedule::cancun_time, true},
    {"pragueTime", "prague", &ForkSchedule::prague_time, true},
    {"osakaTime", "osaka", &ForkSchedule::osaka_time, true},
};

}  // namespace

std::span<const ForkField> fork_fields() noexcept {
    return FIELDS;
}

bool activate_all(ForkSchedule& forks, std::string_view newest) noexcept {
    ForkSchedule all;
    for (const auto& entry : FIELDS) {
        all.*entry.field = 0;
        if (entry.name == newest) {
            forks = all;
            return true;
        }
    }
    return false;
}

}  // namespace otento::config
