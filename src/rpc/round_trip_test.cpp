// The standard's JSON-RPC round trips (vectors/ethereum/MANIFEST.md 3.6): import the chain by
// executing it, send each request, compare answers as JSON values. Messages of errors are not
// compared.
#include <otento/config/genesis.hpp>
#include <otento/rpc/testing/archive.hpp>
#include <otento/rpc/testing/fixture.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace otento::rpc {
namespace {

using jsonrpc::Value;

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Members that older sets have and the newest does not, and the other way round.
bool may_be_missing(std::string_view key) {
    return key == "totalDifficulty" || key == "blockTimestamp";
}

/// Where two JSON values differ, or "".
std::string difference(Value ours, Value theirs, const std::string& path) {
    if (ours.kind() != theirs.kind()) {
        return path + ": another kind of value";
    }
    if (ours.is_array()) {
        if (ours.size() != theirs.size()) {
            return path + ": another number of elements";
        }
        auto i = ours.begin();
        size_t index = 0;
        for (const Value element : theirs) {
            const auto found = difference(*i, element, path + "[" + std::to_string(index++) + "]");
            if (!found.empty()) {
                return found;
            }
            ++i;
        }
        return "";
    }
    if (!ours.is_object()) {
        return ours.text() == theirs.text()
                   ? ""
                   : path + ": " + std::string(ours.text()).substr(0, 200) + " instead of " +
                         std::string(theirs.text()).substr(0, 200);
    }
    std::set<std::string_view> keys;
    for (const auto& side : {ours, theirs}) {
        const auto last = side.end();
        for (auto i = side.begin(); i != last; ++i) {
            keys.insert(i.key());
        }
    }
    for (const auto key : keys) {
        const auto mine = ours.find(key);
        const auto other = theirs.find(key);
        const std::string below = path + "." + std::string(key);
        if (!mine || !other) {
            if (may_be_missing(key)) {
                continue;
            }
            return below + (mine ? ": not expected" : ": missing");
        }
        if (key == "message" && path.ends_with(".error")) {
            continue;
        }
        const auto found = difference(*mine, *other, below);
        if (!found.empty()) {
            return found;
        }
    }
    return "";
}

/// One set of the standard: its chain behind a dispatcher.
class RoundTrips : public ::testing::TestWithParam<const char*> {
  protected:
    void load(const testing::Archive& archive) {
        const auto tests = archive.root() / "tests";
        auto genesis = config::load_genesis((tests / "genesis.json").string());
        ASSERT_TRUE(genesis) << genesis.error().message;
        ASSERT_EQ(genesis->config.rule_set, types::RuleSet::ethereum);
        chain_ = std::make_shared<testing::FakeChain>(*genesis);
        const std::string encoded = read_file(tests / "chain.rlp");
        rlp::Reader reader(bytes_of(encoded));
        while (!reader.at_end()) {
            const auto item = reader.read_raw();
            ASSERT_TRUE(item);
            const auto block = types::decode_block(*item);
            ASSERT_TRUE(block);
            if (block->header.number == 0) {
                ASSERT_EQ(types::header_hash(block->header), chain_->head()->hash);
                continue;
            }
            const std::string wrong = chain_->import(*block);
            ASSERT_EQ(wrong, "") << "block " << block->header.number;
        }
        backend_ = std::make_unique<testing::FakeBackend>(chain_);
        backend_->highest = chain_->head_number();
        backend_->network = genesis->config.chain_id;
        for (const auto& method : all_methods()) {
            known_.emplace(method.name);
        }
        dispatcher_ = std::make_unique<Dispatcher>(
            *backend_, clock_, Options{.modules = {"eth", "net", "web3", "debug", "txpool"}});
    }

    std::string answer(std::string request) {
        std::string out;
        dispatcher_->handle(std::move(request), [&](std::string text) { out = std::move(text); });
        return out;
    }

    /// What is wrong with one file, "" if nothing, "skip" and why.
    std::string run(const std::filesystem::path& path) {
        std::ifstream in(path);
        std::string request;
        for (std::string line; std::getline(in, line);) {
            if (line.find("speconly:") != std::string::npos) {
                return "skip: an example only";
            }
            if (line.starts_with(">> ")) {
                request = line.substr(3);
                const auto document = jsonrpc::parse(request);
                const std::string method(document->root().find("method")->text());
                if (!known_.contains(method)) {
                    return "skip: no " + method;
                }
            } else if (line.starts_with("<< ")) {
                const auto theirs = jsonrpc::parse(line.substr(3));
                const auto ours = jsonrpc::parse(answer(request));
                EXPECT_TRUE(theirs && ours);
                const auto found = difference(ours->root(), theirs->root(), "");
                if (!found.empty()) {
                    return found;
                }
            }
        }
        return "";
    }

    std::shared_ptr<testing::FakeChain> chain_;
    std::unique_ptr<testing::FakeBackend> backend_;
    testing::FakeClock clock_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::set<std::string, std::less<>> known_;
};

/// Files whose answer we give differently, and why.
const std::map<std::string, std::string> EXPECTED = {
    {"eth_sendRawTransaction/send-blob-tx.io", "our chains carry no blobs"},
    {"eth_estimateGas/estimate-simple-contract.io", "0.8 % above the least, as newer geths are"},
    {"eth_getStorage/get-storage-invalid-key-too-large.io", "-32602, as the newest set says"},
    {"eth_getStorage/get-storage-invalid-key.io", "-32602, as the newest set says"},
    {"eth_getStorageAt/get-storage-invalid-key-too-large.io", "-32602, as the newest set says"},
    {"eth_getStorageAt/get-storage-invalid-key.io", "-32602, as the newest set says"},
};

TEST_P(RoundTrips, agree_with_the_standard) {
    const testing::Archive archive(GetParam());
    if (!archive.present()) {
        GTEST_SKIP() << "vectors/ethereum/" << GetParam() << ".tar.zst is absent";
    }
    ASSERT_NO_FATAL_FAILURE(load(archive));
    size_t passed = 0;
    std::map<std::string, size_t> skipped;
    for (const auto& path : archive.files("tests", ".io")) {
        const std::string name =
            path.parent_path().filename().string() + "/" + path.filename().string();
        const std::string found = run(path);
        if (found.starts_with("skip")) {
            ++skipped[found];
        } else if (found.empty()) {
            ++passed;
        } else if (!EXPECTED.contains(name)) {
            ADD_FAILURE() << name << " " << found;
        }
    }
    std::string report = std::string(GetParam()) + ": " + std::to_string(passed) + " passed";
    for (const auto& [why, count] : skipped) {
        report += "; " + why + " " + std::to_string(count);
    }
    RecordProperty("report", report);
    std::puts(report.c_str());
    EXPECT_GT(passed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Standard, RoundTrips,
                         ::testing::Values("rpc-shanghai", "rpc-cancun", "rpc-prague", "rpc-bpo2"),
                         [](const auto& set) {
                             std::string name = set.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

}  // namespace
}  // namespace otento::rpc
