// The console's JavaScript world against a node that is a table of answers.
#include <otento/console/console.hpp>
#include <otento/jsonrpc/json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace otento::console {
namespace {

/// Answers by method name; keeps the last request.
class TableNode final : public rpcclient::Transport {
  public:
    [[nodiscard]] Result<std::string, rpcclient::TransportFailure> exchange(
        std::string_view text) override {
        requests.emplace_back(text);
        const auto document = jsonrpc::parse(std::string(text));
        const auto root = document->root();
        const std::string id(root.find("id")->raw());
        const auto found = answers.find(std::string(root.find("method")->text()));
        const std::string body =
            found != answers.end()
                ? found->second
                : R"("error":{"code":-32601,"message":"the method does not exist/is not available"})";
        return R"({"jsonrpc":"2.0","id":)" + id + "," + body + "}";
    }
    [[nodiscard]] const std::string& endpoint() const noexcept override { return name_; }

    std::map<std::string, std::string> answers;
    std::vector<std::string> requests;

  private:
    std::string name_ = "table";
};

class ConsoleTest : public ::testing::Test {
  protected:
    void SetUp() override {
        auto transport = std::make_unique<TableNode>();
        node_ = transport.get();
        auto made = Console::create(std::move(transport), {});
        ASSERT_TRUE(made.has_value()) << made.error();
        console_ = *std::move(made);
    }
    void answer(const std::string& method, const std::string& result) {
        node_->answers[method] = "\"result\":" + result;
    }
    std::string run(std::string_view script) { return console_->evaluate(script).text; }
    /// Parameters of the last request.
    std::string sent() {
        const std::string& last = node_->requests.back();
        const size_t at = last.find("\"method\"");
        return last.substr(at, last.size() - at - 1);
    }

    TableNode* node_ = nullptr;
    std::unique_ptr<Console> console_;
};

TEST_F(ConsoleTest, balances_print_as_exact_integers) {
    answer("eth_getBalance", R"("0x33b2e3c9fd0803ce8000001")");
    EXPECT_EQ(run("eth.getBalance('0x00000000000000000000000000000000000000aa')"),
              "1000000000000000000000000001");
    EXPECT_EQ(
        sent(),
        R"("method":"eth_getBalance","params":["0x00000000000000000000000000000000000000aa","latest"])");
    EXPECT_EQ(
        run("web3.fromWei(eth.getBalance('00000000000000000000000000000000000000aa'), 'ether')"),
        "1000000000.000000000000000001");
    EXPECT_EQ(
        run("eth.getBalance('0x00000000000000000000000000000000000000aa', 5).plus(1).toString(16)"),
        "\"33b2e3c9fd0803ce8000002\"");
    EXPECT_EQ(run("eth.getBalance('nobody')"), "Error: invalid address");
}

TEST_F(ConsoleTest, nanosecond_timestamps_keep_their_digits) {
    answer(
        "eth_getBlockByNumber",
        R"({"number":"0x1","timestamp":"0x18ea4bbe37d87913","difficulty":"0x20000","transactions":[]})");
    EXPECT_EQ(run("eth.getBlock(1).timestamp"), "1795330681813367059");
    EXPECT_EQ(run("eth.getBlock('latest')"),
              "{\n  difficulty: 131072,\n  number: 1,\n  timestamp: 1795330681813367059,\n  "
              "transactions: []\n}");
    EXPECT_EQ(sent(), R"("method":"eth_getBlockByNumber","params":["latest",false])");
}

TEST_F(ConsoleTest, blocks_are_asked_for_by_number_or_hash) {
    answer("eth_getBlockByHash", "null");
    const std::string hash = "0x" + std::string(64, 'a');
    EXPECT_EQ(run("eth.getBlock('" + hash + "', true)"), "null");
    EXPECT_EQ(sent(), R"("method":"eth_getBlockByHash","params":[")" + hash + "\",true]");
}

TEST_F(ConsoleTest, properties_ask_each_time_they_are_read) {
    answer("eth_blockNumber", R"("0x10")");
    EXPECT_EQ(run("eth.blockNumber"), "16");
    answer("eth_blockNumber", R"("0x11")");
    EXPECT_EQ(run("eth.blockNumber"), "17");
    EXPECT_EQ(run("var seen; eth.getBlockNumber((e, n) => { seen = n }); seen"), "17");
}

TEST_F(ConsoleTest, raft_prints_as_in_geth) {
    answer(
        "raft_cluster",
        R"([{"raftId":2,"nodeId":"ab","role":"verifier"},{"raftId":1,"nodeId":"cd","role":"minter"}])");
    answer("raft_role", R"("minter")");
    answer("raft_addPeer", "3");
    answer("raft_removePeer", "null");
    EXPECT_EQ(run("raft.role"), "\"minter\"");
    EXPECT_EQ(run("raft.cluster"),
              "[{\n    nodeId: \"ab\",\n    raftId: 2,\n    role: \"verifier\"\n}, {\n    nodeId: "
              "\"cd\",\n"
              "    raftId: 1,\n    role: \"minter\"\n}]");
    EXPECT_EQ(run("raft.addPeer('enode://x')"), "3");
    EXPECT_EQ(run("raft.removePeer(3)"), "null");
    EXPECT_EQ(sent(), R"("method":"raft_removePeer","params":[3])");
    EXPECT_EQ(run("raft.removePeer()"), "Error: Invalid number of input parameters to RPC method");
}

TEST_F(ConsoleTest, transactions_travel_as_quantities) {
    answer("eth_sendTransaction", R"("0x77")");
    EXPECT_EQ(run("eth.sendTransaction({from: '0x00000000000000000000000000000000000000aa', to: "
                  "'0x00000000000000000000000000000000000000bb', value: web3.toWei(1, 'ether'), "
                  "gas: 21000, "
                  "privateFor: ['x=']})"),
              "\"0x77\"");
    EXPECT_EQ(
        sent(),
        R"("method":"eth_sendTransaction","params":[{"from":"0x00000000000000000000000000000000000000aa",)"
        R"("to":"0x00000000000000000000000000000000000000bb","value":"0xde0b6b3a7640000","gas":"0x5208",)"
        R"("privateFor":["x="]}])");
    EXPECT_EQ(run("eth.sendTransaction({to: '0x00000000000000000000000000000000000000bb'})"),
              "Error: invalid address");
}

TEST_F(ConsoleTest, errors_of_the_node_are_errors_with_code_and_data) {
    node_->answers["eth_call"] =
        R"("error":{"code":3,"message":"execution reverted: no","data":"0x08"})";
    EXPECT_EQ(run("eth.call({})"), "Error: execution reverted: no");
    EXPECT_EQ(run("try { eth.call({}) } catch (e) { [e.code, e.data] }"), "[3, \"0x08\"]");
    EXPECT_EQ(run("net.version"), "Error: the method does not exist/is not available");
    EXPECT_EQ(run("eth.nothing()"), "TypeError: eth.nothing is not a function");
}

TEST_F(ConsoleTest, units_and_conversions_are_web3s) {
    EXPECT_EQ(run("web3.toWei(1.5, 'ether')"), "\"1500000000000000000\"");
    EXPECT_EQ(run("web3.toWei('0.000000000000000001')"), "\"1\"");
    EXPECT_EQ(run("web3.fromWei('21000000000000', 'finney')"), "\"0.021\"");
    EXPECT_EQ(run("web3.fromWei(1, 'banana')").substr(0, 25), "Error: This unit doesn't ");
    EXPECT_EQ(run("web3.toHex('hello')"), "\"0x68656c6c6f\"");
    EXPECT_EQ(run("web3.toHex(255) + web3.toHex('255') + web3.toHex(true)"), "\"0xff0xff0x1\"");
    EXPECT_EQ(run("web3.sha3('hello')"),
              "\"0x1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8\"");
    EXPECT_EQ(run("web3.sha3('0x68656c6c6f', {encoding: 'hex'}) === web3.sha3('hello')"), "true");
    EXPECT_EQ(run("web3.toChecksumAddress('0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed')"),
              "\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"");
    EXPECT_EQ(run("web3.isAddress('0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')"), "false");
    EXPECT_EQ(run("web3.toUtf8(web3.fromUtf8('grüße'))"), "\"grüße\"");
    EXPECT_EQ(run("web3.toDecimal('0xff')"), "255");
}

TEST_F(ConsoleTest, big_numbers_are_exact) {
    EXPECT_EQ(run("new BigNumber('0.1').plus('0.2')"), "0.3");
    EXPECT_EQ(run("new BigNumber(10).div(3)"), "3.33333333333333333333");
    EXPECT_EQ(run("new BigNumber(2).pow(256).minus(1).toString(16).length"), "64");
    EXPECT_EQ(run("new BigNumber('123456789012345678901234567890').mod(97)"), "52");
    EXPECT_EQ(run("new BigNumber(-7).mod(3)"), "-1");
    EXPECT_EQ(run("BigInt(new BigNumber('123456789012345678901234567890')) + 1n"),
              "123456789012345678901234567891");
    EXPECT_EQ(run("web3.toBigNumber('1e18') / 1e18"), "1");
    EXPECT_EQ(run("JSON.stringify({b: new BigNumber('1e30')})"),
              R"("{\"b\":\"1000000000000000000000000000000\"}")");
    EXPECT_EQ(
        run("new BigNumber('1.005').toFixed(2) + ' ' + new BigNumber(1234567.891).toFormat(2)"),
        "\"1.00 1,234,567.89\"");
    EXPECT_EQ(run("new BigNumber('x')"), "Error: not a number: x");
    EXPECT_EQ(run("new BigNumber('9007199254740993').gt('9007199254740992')"), "true");
}

TEST_F(ConsoleTest, contracts_encode_and_decode) {
    answer("eth_call", "\"0x" + std::string(63, '0') + "7\"");
    answer("eth_sendTransaction", R"("0xfeed")");
    run("var abi = "
        "[{type:'function',name:'get',constant:true,inputs:[],outputs:[{type:'uint256'}]},"
        "{type:'function',name:'set',inputs:[{name:'x',type:'uint256'},{name:'s',type:'string'}],"
        "outputs:[]},"
        "{type:'event',name:'Moved',inputs:[{name:'who',type:'address',indexed:true},{name:'n',"
        "type:'uint8'}]}];"
        "var c = eth.contract(abi).at('0x00000000000000000000000000000000000000cc')");
    EXPECT_EQ(run("c.get()"), "7");
    EXPECT_EQ(sent(),
              R"("method":"eth_call","params":[{"to":"0x00000000000000000000000000000000000000cc",)"
              R"("data":"0x6d4ce63c"},"latest"])");
    EXPECT_EQ(
        run("c.set(5, 'ab', {from: '0x00000000000000000000000000000000000000aa', gas: 100000})"),
        "\"0xfeed\"");
    const std::string word(62, '0');
    EXPECT_NE(sent().find("0000000000000000000000000000000000000000000000000000000000000005" +
                          word + "40" + word + "026162" + std::string(60, '0')),
              std::string::npos)
        << sent();
    EXPECT_EQ(run("c.set(5)").substr(0, 60),
              "Error: Invalid number of arguments to Solidity function: set");
    answer("eth_newFilter", R"("0x1")");
    answer("eth_getFilterLogs",
           R"([{"address":"0xcc","topics":["0x00","0x)" + std::string(62, '0') +
               R"(aa"],"data":"0x)" + std::string(62, '0') +
               R"(09","blockNumber":"0x2","logIndex":"0x0","transactionIndex":"0x0"}])");
    EXPECT_EQ(run("c.Moved({}, {fromBlock: 0}).get()[0].args"),
              "{\n  n: 9,\n  who: \"0x00000000000000000000000000000000000000aa\"\n}");
}

TEST_F(ConsoleTest, abi_covers_arrays_tuples_and_signed_numbers) {
    run("var f = "
        "[{type:'function',name:'f',inputs:[{type:'int8[2]'},{type:'tuple[]',components:[{name:'a',"
        "type:'bytes'},"
        "{name:'b',type:'bool'}]}],outputs:[]}]; var c = "
        "eth.contract(f).at('0x00000000000000000000000000000000000000cc')");
    const std::string data = run("c.f.getData([-1, 2], [{a: '0x0102', b: true}])");
    const std::string zero(64, '0');
    const auto word = [](const std::string& end) {
        return std::string(64 - end.size(), '0') + end;
    };
    const std::string expected = std::string(64, 'f') + word("2") + word("60") + word("1") +
                                 word("20") + word("40") + word("1") + word("2") + "0102" +
                                 std::string(60, '0');
    EXPECT_EQ(data.substr(11), expected + "\"");
    EXPECT_EQ(run("c.f.getData([128, 2], [])"), "Error: value 128 does not fit into int8");
}

TEST_F(ConsoleTest, namespaces_of_the_node_that_we_do_not_know_work) {
    answer("rpc_modules", R"({"eth":"1.0","plugin":"1.0"})");
    answer("plugin_doIt", R"({"ok":true})");
    ASSERT_TRUE(console_->connect().has_value());
    EXPECT_EQ(run("plugin.doIt(1, 'x')"), "{\n  ok: true\n}");
    EXPECT_EQ(sent(), R"("method":"plugin_doIt","params":[1,"x"])");
}

TEST_F(ConsoleTest, scripts_are_loaded_into_the_global_scope) {
    char name[] = "/tmp/otento-script-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    const std::string file = std::string(name) + "/a.js";
    std::ofstream(file) << "const answer = 42;\nfunction twice(x) { return 2 * x }\nvar broken = "
                           "() => { throw new Error('inside') }";
    EXPECT_EQ(run("loadScript('" + file + "')"), "true");
    EXPECT_EQ(run("twice(answer)"), "84");
    EXPECT_EQ(run("broken()"), "Error: inside\n\tat broken (" + file + ":3:28)");
    EXPECT_TRUE(console_->run_file(file + "x").error().starts_with("cannot read"));
    std::filesystem::remove_all(name);
}

TEST_F(ConsoleTest, passwords_and_timers_are_there) {
    answer("personal_unlockAccount", "true");
    EXPECT_EQ(
        run("personal.unlockAccount('0x00000000000000000000000000000000000000aa', 'secret', 10)"),
        "true");
    EXPECT_EQ(
        sent(),
        R"("method":"personal_unlockAccount","params":["0x00000000000000000000000000000000000000aa","secret",10])");
    EXPECT_EQ(
        run("var ticks = 0; var t = setInterval(() => { if (++ticks === 3) clearInterval(t) }, 1); "
            "admin.sleep(0.2); ticks"),
        "3");
}

}  // namespace
}  // namespace otento::console
