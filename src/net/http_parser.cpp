#include <otento/net/http_parser.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <optional>

namespace otento::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

// A string body that reserves little up front: the announced length is only a promise.
struct GrowingBody {
    using value_type = std::string;

    class reader {
      public:
        template <bool IS_REQUEST, typename Fields>
        reader(http::header<IS_REQUEST, Fields>&, value_type& body) : body_(body) {}

        void init(const boost::optional<uint64_t>& length, error_code& ec) {
            constexpr uint64_t RESERVE_MAX = 16u << 10;
            body_.reserve(static_cast<size_t>(std::min(length.value_or(0), RESERVE_MAX)));
            ec = {};
        }

        template <typename Buffers>
        size_t put(const Buffers& buffers, error_code& ec) {
            size_t size = 0;
            for (const auto buffer : boost::beast::buffers_range_ref(buffers)) {
                body_.append(static_cast<const char*>(buffer.data()), buffer.size());
                size += buffer.size();
            }
            ec = {};
            return size;
        }

        void finish(error_code& ec) { ec = {}; }

      private:
        value_type& body_;
    };
};

std::string value_of(const http::fields& fields, http::field name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : std::string(found->value());
}

unsigned status_of(const error_code& ec) {
    if (ec == http::error::body_limit) {
        return 413;
    }
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
        return 431;
    }
    return ec == http::error::bad_version ? 505 : 400;
}

}  // namespace

struct HttpParser::Impl {
    explicit Impl(size_t body_max) : body_bytes_max(body_max) { restart(); }

    void restart() {
        parser.emplace();
        parser->eager(true);
        parser->header_limit(HEADER_BYTES_MAX);
        parser->body_limit(body_bytes_max);
        continue_told = false;
    }

    size_t body_bytes_max;
    bool continue_told = false;
    std::optional<http::request_parser<GrowingBody>> parser;
};

HttpParser::HttpParser(size_t body_bytes_max) : impl_(std::make_unique<Impl>(body_bytes_max)) {}
HttpParser::~HttpParser() = default;

HttpParser::Fed HttpParser::feed(std::string_view bytes) {
    auto& parser = *impl_->parser;
    Fed fed;
    // RFC 9112 2.2: empty lines before a request are skipped.
    if (!parser.got_some()) {
        while (bytes.starts_with("\r\n")) {
            bytes.remove_prefix(2);
            fed.consumed += 2;
        }
        if (bytes.empty() || bytes == "\r") {
            return fed;
        }
    }
    // Beast asserts that it sees no less once it has seen the last chunk's line; no chunked body ends
    // with less, so waiting costs nothing.
    constexpr size_t LAST_CHUNK_BYTES = 5;
    if (parser.is_header_done() && parser.chunked() && bytes.size() < LAST_CHUNK_BYTES) {
        return fed;
    }
    error_code ec;
    const size_t parsed = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
    fed.consumed += parsed;
    if (ec && ec != http::error::need_more) {
        fed.error_status = status_of(ec);
        return fed;
    }
    // Beast bounds the header but neither chunk headers nor trailers: whatever it cannot consume is
    // one of these.
    if (!parser.is_done() && bytes.size() - parsed > HEADER_BYTES_MAX) {
        fed.error_status = 431;
        return fed;
    }
    if (parser.is_done()) {
        const auto& fields = parser.get();
        const bool version_known = fields.version() == 10 || fields.version() == 11;
        // Two Host headers mean two readers may disagree on who was asked (RFC 9112 3.2).
        const bool host_valid = fields.count(http::field::host) == 1 ||
                                (fields.version() == 10 && fields.count(http::field::host) == 0);
        if (!version_known || !host_valid) {
            fed.error_status = version_known ? 400 : 505;
            return fed;
        }
        fed.complete = true;
    }
    return fed;
}

ParsedRequest HttpParser::take() {
    ASSERT(impl_->parser->is_done());
    auto& message = impl_->parser->get();
    ParsedRequest out;
    out.request.method = std::string(message.method_string());
    out.request.target = std::string(message.target());
    out.request.content_type = value_of(message, http::field::content_type);
    out.request.body = std::move(message.body());
    out.host = value_of(message, http::field::host);
    out.origin = value_of(message, http::field::origin);
    if (out.request.method == "OPTIONS") {
        out.preflight_method = value_of(message, http::field::access_control_request_method);
        out.preflight_headers = value_of(message, http::field::access_control_request_headers);
    }
    out.keep_alive = message.keep_alive();
    out.http_1_0 = message.version() == 10;
    impl_->restart();
    return out;
}

bool HttpParser::wants_continue() {
    const auto& parser = *impl_->parser;
    if (impl_->continue_told || !parser.is_header_done() || parser.is_done()) {
        return false;
    }
    impl_->continue_told = true;
    const auto& message = parser.get();
    return message.version() == 11 &&
           http::token_list{message[http::field::expect]}.exists("100-continue");
}

bool HttpParser::in_request() const noexcept {
    return impl_->parser->got_some();
}

}  // namespace otento::net
