#include <otento/trie/node.hpp>

#include <memory>
#include <new>

namespace otento::trie {

static_assert(alignof(Link) <= alignof(Branch));

NodePtr Leaf::make(const Hash& key, BytesView value, uint32_t stamp) {
    ASSERT(!value.empty());
    void* const memory = ::operator new(sizeof(Leaf) + value.size());
    Leaf* const leaf = ::new (memory) Leaf;
    leaf->key = key;
    leaf->stamp = stamp;
    leaf->leaves = 1;
    leaf->value_size = static_cast<uint32_t>(value.size());
    std::memcpy(reinterpret_cast<uint8_t*>(leaf + 1), value.data(), value.size());
    return NodePtr::adopt(leaf);
}

NodePtr Extension::make(const Path& to_child, Child child, uint32_t stamp) {
    void* const memory = ::operator new(sizeof(Extension));
    Extension* const extension = ::new (memory) Extension;
    extension->prefix = to_child.packed;
    extension->end = to_child.length;
    extension->leaves = child.leaves;
    extension->link = std::move(child);
    extension->stamp = stamp;
    return NodePtr::adopt(extension);
}

NodePtr Branch::make(Child* children, uint32_t stamp) {
    uint16_t mask = 0;
    uint8_t leaves = 0;
    for (unsigned i = 0; i < 16; ++i) {
        if (!children[i].empty()) {
            mask = static_cast<uint16_t>(mask | (1U << i));
            leaves = add_leaves(leaves, children[i].leaves);
        }
    }
    const auto count = static_cast<size_t>(__builtin_popcount(mask));
    ASSERT(count >= 2);
    void* const memory = ::operator new(sizeof(Branch) + count * sizeof(Link));
    Branch* const branch = ::new (memory) Branch;
    branch->mask = mask;
    branch->leaves = leaves;
    branch->stamp = stamp;
    Link* out = branch->links();
    for (unsigned i = 0; i < 16; ++i) {
        branch->child_leaves[i] = children[i].leaves;
        if (!children[i].empty()) {
            ::new (out++) Link(std::move(children[i]));
        }
    }
    return NodePtr::adopt(branch);
}

size_t size_bytes(const Node& node) noexcept {
    constexpr size_t ALLOCATION = 16;  // What an allocator adds, roughly.
    switch (node.kind) {
        case NodeKind::leaf:
            return ALLOCATION + sizeof(Leaf) + static_cast<const Leaf&>(node).value_size;
        case NodeKind::extension:
            return ALLOCATION + sizeof(Extension);
        case NodeKind::branch:
            break;
    }
    return ALLOCATION + sizeof(Branch) + static_cast<const Branch&>(node).count() * sizeof(Link);
}

void destroy(Node* node) noexcept {
    switch (node->kind) {
        case NodeKind::leaf:
            static_cast<Leaf*>(node)->~Leaf();
            break;
        case NodeKind::extension:
            static_cast<Extension*>(node)->~Extension();
            break;
        case NodeKind::branch: {
            Branch* const branch = static_cast<Branch*>(node);
            std::destroy_n(branch->links(), branch->count());
            branch->~Branch();
            break;
        }
    }
    ::operator delete(static_cast<void*>(node));
}

}  // namespace otento::trie
