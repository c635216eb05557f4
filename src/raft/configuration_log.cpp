#include <otento/raft/configuration_log.hpp>

namespace otento::raft {

void ConfigurationLog::reset(Index index, Configuration configuration) {
    stack_.clear();
    stack_.push_back({index, std::move(configuration)});
}

size_t ConfigurationLog::position_at(Index index) const noexcept {
    size_t position = stack_.size() - 1;
    while (position > 0 && stack_[position].index > index) {
        --position;
    }
    return position;
}

const Configuration& ConfigurationLog::at(Index index) const noexcept {
    return stack_[position_at(index)].value;
}

bool ConfigurationLog::may_be_voter(NodeId id, Index commit_index) const noexcept {
    for (size_t i = position_at(commit_index); i < stack_.size(); ++i) {
        if (stack_[i].value.is_voter(id)) {
            return true;
        }
    }
    return false;
}

void ConfigurationLog::append(Index index, Configuration configuration) {
    ASSERT(index > newest_index());
    stack_.push_back({index, std::move(configuration)});
}

void ConfigurationLog::truncate_from(Index index) noexcept {
    while (stack_.size() > 1 && stack_.back().index >= index) {
        stack_.pop_back();
    }
}

void ConfigurationLog::compact_to(Index index) noexcept {
    stack_.erase(stack_.begin(), stack_.begin() + static_cast<std::ptrdiff_t>(position_at(index)));
}

}  // namespace otento::raft
