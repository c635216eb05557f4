#include <otento/raft/testing/cluster.hpp>

#include <gtest/gtest.h>

namespace otento::raft::testing {
namespace {

constexpr size_t DELIVERIES_MAX = 100'000;

}  // namespace

Payload payload(std::string_view text) {
    return std::make_shared<const Bytes>(to_bytes(bytes_of(text)));
}

Configuration voters(std::initializer_list<NodeId> ids) {
    Configuration configuration;
    for (const NodeId id : ids) {
        configuration.members.push_back({.id = id, .voter = true, .address = {}});
    }
    return configuration;
}

Configuration with(Configuration configuration, NodeId id, bool voter) {
    configuration = without(std::move(configuration), id);
    configuration.members.push_back({.id = id, .voter = voter, .address = {}});
    std::sort(configuration.members.begin(), configuration.members.end(),
              [](const Member& a, const Member& b) { return a.id < b.id; });
    return configuration;
}

Configuration without(Configuration configuration, NodeId id) {
    std::erase_if(configuration.members, [id](const Member& member) { return member.id == id; });
    return configuration;
}

Entry noop(Index index, Term term) {
    return {.index = index, .term = term, .type = EntryType::noop, .payload = nullptr};
}

Entry normal(Index index, Term term, std::string_view text) {
    return {.index = index, .term = term, .type = EntryType::normal, .payload = payload(text)};
}

Entry change(Index index, Term term, const Configuration& configuration) {
    return {.index = index,
            .term = term,
            .type = EntryType::configuration,
            .payload = std::make_shared<const Bytes>(encode_configuration(configuration))};
}

Cluster::Cluster() : Cluster(Settings{}) {}
Cluster::Cluster(Settings settings) : settings_(settings) {}

Cluster::~Cluster() {
    if (report_violations_) {
        for (const std::string& text : checker_.violations()) {
            ADD_FAILURE() << text;
        }
    }
}

Node& Cluster::add(NodeId id, Configuration bootstrap) {
    Disk disk;
    disk.snapshot.configuration = std::move(bootstrap);
    return add(id, std::move(disk));
}

Node& Cluster::add(NodeId id, Disk disk) {
    Node& node = nodes_[id];
    node.id = id;
    node.options = settings_.options;
    node.options.id = id;
    node.options.seed = settings_.seed;
    node.disk = std::move(disk);
    start(node);
    return node;
}

void Cluster::add_all(const Configuration& bootstrap) {
    for (const Member& member : bootstrap.members) {
        add(member.id, bootstrap);
    }
}

// --- Events

Result<void, StepError> Cluster::submit(NodeId id, std::string_view text) {
    return step(id, Submit{.payloads = {payload(text)}});
}

Result<void, StepError> Cluster::change(NodeId id, Configuration configuration) {
    return step(id, SubmitConfiguration{std::move(configuration)});
}

Result<void, StepError> Cluster::read(NodeId id, uint64_t read_id) {
    node(id).reads_asked[read_id] = checker_.committed();
    return step(id, ReadIndex{read_id});
}

void Cluster::tick(NodeId id) {
    now_ms_ = std::max(now_ms_, raft(id).next_timeout_ms());
    (void)step(id, Tick{});
}

void Cluster::elect(NodeId id) {
    pass(settings_.options.election_timeout_max_ms);
    tick(id);
    deliver();
}

void Cluster::run(uint64_t ms) {
    constexpr uint64_t STEP_MS = 10;
    for (uint64_t passed = 0; passed < ms; passed += STEP_MS) {
        pass(STEP_MS);
        for (auto& [id, node] : nodes_) {
            if (node.raft && node.raft->next_timeout_ms() <= now_ms_) {
                (void)step(id, Tick{});
            }
        }
        deliver();
    }
}

NodeId Cluster::current_leader() const {
    NodeId leader = 0;
    Term term = 0;
    for (const auto& [id, node] : nodes_) {
        if (node.raft && node.raft->role() == Role::leader && node.raft->term() > term) {
            leader = id;
            term = node.raft->term();
        }
    }
    return leader;
}

Result<void, StepError> Cluster::step_event(NodeId id, Event event) {
    Node& at = node(id);
    EXPECT_TRUE(at.raft != nullptr) << "node " << id << " is down";
    // What the application knows to be applied was committed, and checked, before.
    const bool applied_before = std::holds_alternative<SnapshotTaken>(event.body);
    const Index before = at.raft->commit_index();
    TRY(Update update, at.raft->step(std::move(event)));
    const Index commit_before = applied_before ? update.commit_index : before;
    handle(at, std::move(update), commit_before);
    return {};
}

// --- Network

bool Cluster::blocked(NodeId from, NodeId to) const {
    return blocked_.contains({std::min(from, to), std::max(from, to)}) ||
           blocked_one_way_.contains({from, to});
}

void Cluster::isolate(NodeId id) {
    for (const auto& [other, node] : nodes_) {
        if (other != id) {
            block(id, other);
        }
    }
}

void Cluster::deliver_message(const Message& message) {
    const auto it = nodes_.find(message.to);
    if (it == nodes_.end() || it->second.raft == nullptr || blocked(message.from, message.to)) {
        return;
    }
    const auto outcome = step(message.to, Receive{message});
    if (!outcome) {
        checker_.violation("node " + std::to_string(message.to) +
                           " calls a correct message malformed");
    }
}

void Cluster::deliver() {
    for (size_t i = 0; !network_.empty(); ++i) {
        if (i == DELIVERIES_MAX) {
            checker_.violation("messages breed messages");
            network_.clear();
            return;
        }
        const Message message = std::move(network_.front());
        network_.pop_front();
        deliver_message(message);
    }
}

size_t Cluster::deliver_if(const std::function<bool(const Message&)>& wanted) {
    std::deque<Message> now;
    now.swap(network_);
    size_t delivered = 0;
    std::deque<Message> kept;
    for (const Message& message : now) {
        if (wanted(message)) {
            deliver_message(message);
            ++delivered;
        } else {
            kept.push_back(message);
        }
    }
    network_.insert(network_.begin(), kept.begin(), kept.end());
    return delivered;
}

void Cluster::deliver_only(const std::function<bool(const Message&)>& wanted) {
    while (deliver_if(wanted) != 0) {
    }
}

size_t Cluster::drop_if(const std::function<bool(const Message&)>& wanted) {
    return std::erase_if(network_, wanted);
}

bool Cluster::agreed(const std::set<NodeId>& among) const {
    const Node* first = nullptr;
    for (const NodeId id : among) {
        const Node& node = nodes_.at(id);
        if (node.raft == nullptr) {
            return false;
        }
        if (first == nullptr) {
            first = &node;
        }
        const bool same = node.raft->last_index() == first->raft->last_index() &&
                          node.raft->commit_index() == first->raft->commit_index() &&
                          node.raft->commit_index() == node.raft->last_index() &&
                          node.applied == node.raft->commit_index() && node.state == first->state;
        if (!same) {
            return false;
        }
    }
    return true;
}

}  // namespace otento::raft::testing
