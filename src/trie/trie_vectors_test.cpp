// The public TrieTests (vectors/ethereum/basic.tar.zst): entries, in some order, and the root they
// give.
#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/trie/testing/memory_nodes.hpp>

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdio>
#include <filesystem>

namespace otento::trie {
namespace {

using Entries = std::vector<std::pair<std::string, std::optional<std::string>>>;

std::string read_archived(const std::string& file) {
    const std::string archive = std::string(OTENTO_SHARED_DIR) + "/vectors/ethereum/basic.tar.zst";
    if (!std::filesystem::exists(archive)) {
        return {};
    }
    const std::string command = "tar --zstd -xOf '" + archive + "' basic/TrieTests/" + file;
    std::string out;
    if (FILE* const pipe = popen(command.c_str(), "r")) {
        char buffer[4096];
        for (size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) != 0;) {
            out.append(buffer, n);
        }
        pclose(pipe);
    }
    return out;
}

std::optional<std::string> text_or_null(simdjson::dom::element element) {
    if (element.is_null()) {
        return std::nullopt;
    }
    return std::string(std::string_view(element));
}

Entries read_entries(simdjson::dom::element in) {
    Entries out;
    if (in.is_array()) {
        for (const simdjson::dom::element pair : in) {
            out.emplace_back(std::string(std::string_view(pair.at(0))), text_or_null(pair.at(1)));
        }
    } else {
        for (const auto [key, value] : simdjson::dom::object(in)) {
            out.emplace_back(std::string(key), text_or_null(value));
        }
    }
    return out;
}

Bytes decode(const std::string& text) {
    return text.starts_with("0x") ? from_hex(text).value() : to_bytes(bytes_of(text));
}

Hash root_of_model(const std::map<Bytes, Bytes>& model) {
    std::vector<KeyValue> entries;
    for (const auto& [key, value] : model) {
        entries.push_back({key, value});
    }
    return root_of_sorted(entries);
}

/// Applies the entries one by one to a stored trie of 32-byte keys.
Hash root_of_updates(const Entries& entries) {
    testing::MemoryNodes nodes;
    Root root;
    UpdateLog log;
    std::map<Hash, Bytes> model;
    for (const auto& [key, value] : entries) {
        const Bytes bytes = value ? decode(*value) : Bytes{};
        const Update change{crypto::keccak256(decode(key)), bytes};
        EXPECT_TRUE(update(root, {&change, 1}, nodes, 0, log));
        Root* const roots[] = {&root};
        hash(roots);
        if (bytes.empty()) {
            model.erase(change.key);
        } else {
            model[change.key] = bytes;
        }
        nodes.flush(root, log, model);
        root.node = {};
    }
    return root.hash;
}

void run(const std::string& file, bool secure) {
    const std::string text = read_archived(file);
    if (text.empty()) {
        GTEST_SKIP() << "no shared vectors";
    }
    simdjson::dom::parser parser;
    size_t cases = 0;
    for (const auto [name, test] : simdjson::dom::object(parser.parse(text))) {
        const Entries entries = read_entries(test["in"]);
        const Hash expected = *fixed_from_hex<32>(std::string_view(test["root"]));
        std::map<Bytes, Bytes> model;
        for (const auto& [key, value] : entries) {
            const Bytes plain = decode(key);
            const Bytes used = secure ? to_bytes(crypto::keccak256(plain)) : plain;
            if (value && !value->empty()) {
                model[used] = decode(*value);
            } else {
                model.erase(used);
            }
        }
        EXPECT_EQ(root_of_model(model), expected) << file << " " << name;
        if (secure) {
            EXPECT_EQ(root_of_updates(entries), expected) << file << " " << name;
        }
        ++cases;
    }
    EXPECT_GT(cases, 0U);
}

TEST(TrieVectors, trietest) {
    run("trietest.json", false);
}
TEST(TrieVectors, trieanyorder) {
    run("trieanyorder.json", false);
}
TEST(TrieVectors, trietest_secure) {
    run("trietest_secureTrie.json", true);
}
TEST(TrieVectors, trieanyorder_secure) {
    run("trieanyorder_secureTrie.json", true);
}
TEST(TrieVectors, hex_encoded_secure) {
    run("hex_encoded_securetrie_test.json", true);
}

}  // namespace
}  // namespace otento::trie
