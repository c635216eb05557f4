#include <otento/rpc/http_gateway.hpp>
#include <otento/rpc/testing/fixture.hpp>

#include <gtest/gtest.h>

namespace otento::rpc {
namespace {

class HttpGatewayTest : public testing::RpcTest {
  protected:
    net::HttpResponse send(net::HttpRequest request) {
        HttpGateway gateway(*dispatcher, backend);
        std::optional<net::HttpResponse> answer;
        gateway.handler()(std::move(request),
                          [&](net::HttpResponse response) { answer = std::move(response); });
        EXPECT_TRUE(answer.has_value());
        return answer.value_or(net::HttpResponse{});
    }
    net::HttpResponse get(const std::string& target) {
        return send(
            {.method = "GET", .target = target, .content_type = "", .body = "", .remote = ""});
    }
    net::HttpResponse post(const std::string& type, const std::string& target = "/") {
        return send({.method = "POST",
                     .target = target,
                     .content_type = type,
                     .body = R"({"jsonrpc":"2.0","id":1,"method":"eth_chainId"})",
                     .remote = ""});
    }
    static std::string header(const net::HttpResponse& response, const std::string& name) {
        for (const auto& [key, value] : response.headers) {
            if (key == name) {
                return value;
            }
        }
        return "absent";
    }
};

TEST_F(HttpGatewayTest, posts_json_rpc_whatever_its_kind_of_json) {
    for (const char* type :
         {"application/json", "application/json; charset=utf-8", "Application/JSON",
          "application/json-rpc", "application/jsonrequest"}) {
        const auto response = post(type);
        EXPECT_EQ(response.status, 200u) << type;
        EXPECT_EQ(response.body, R"({"jsonrpc":"2.0","id":1,"result":"0x7"})");
        EXPECT_EQ(response.content_type, "application/json");
    }
}

TEST_F(HttpGatewayTest, other_types_methods_and_paths_are_refused) {
    EXPECT_EQ(post("text/plain").status, 415u);
    EXPECT_EQ(post("").status, 415u);
    EXPECT_EQ(post("application/jsonx").status, 415u);
    EXPECT_EQ(post("application/json", "/other").status, 404u);
    for (const char* method : {"PUT", "DELETE", "PATCH", "TRACE"}) {
        const auto response = send({.method = method,
                                    .target = "/",
                                    .content_type = "application/json",
                                    .body = "",
                                    .remote = ""});
        EXPECT_EQ(response.status, 405u);
    }
    EXPECT_EQ(get("/other").status, 404u);
}

TEST_F(HttpGatewayTest, errors_of_json_rpc_are_http_200) {
    const auto response = send({.method = "POST",
                                .target = "/",
                                .content_type = "application/json",
                                .body = "{",
                                .remote = ""});
    EXPECT_EQ(response.status, 200u);
    EXPECT_NE(response.body.find("-32700"), std::string::npos);
}

TEST_F(HttpGatewayTest, probes_answer_get) {
    EXPECT_EQ(get("/").status, 200u);
    EXPECT_EQ(get("/").body, "");
    EXPECT_EQ(get("/livez").status, 200u);
    EXPECT_EQ(get("/metrics").body, "otento_up 1\n");
    EXPECT_EQ(get("/readyz").status, 200u);
    backend.ready = {.ready = false, .reason = "catching up"};
    EXPECT_EQ(get("/readyz?verbose").status, 503u);
    EXPECT_EQ(get("/readyz").body, R"({"ready":false,"reason":"catching up"})");
}

TEST_F(HttpGatewayTest, every_answer_says_height_and_role) {
    chain().mine({});
    for (const auto& response :
         {get("/"), get("/readyz"), get("/none"), post("application/json"), post("x")}) {
        EXPECT_EQ(header(response, "Otento-Block-Number"), "1");
        EXPECT_EQ(header(response, "Otento-Role"), "verifier");
        EXPECT_EQ(header(response, "Otento-Stale"), "absent");
    }
}

TEST_F(HttpGatewayTest, answers_of_a_node_outside_the_cluster_are_marked_as_stale) {
    backend.role = "";
    EXPECT_EQ(header(get("/readyz"), "Otento-Stale"), "true");
    EXPECT_EQ(header(post("application/json"), "Otento-Stale"), "true");
}

}  // namespace
}  // namespace otento::rpc
