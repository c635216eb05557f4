// HTTP by libcurl, which keeps the connection between calls.
#include <otento/rpcclient/transport.hpp>

#include <curl/curl.h>
#include <fmt/core.h>

namespace otento::rpcclient {
namespace {

/// libcurl starts once in a process.
bool init_curl_once() {
    static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return done;
}

struct Answer {
    std::string body;
    size_t bytes_max = 0;
    bool too_large = false;
};

size_t take(char* data, size_t size, size_t count, void* to) {
    auto& answer = *static_cast<Answer*>(to);
    const size_t bytes = size * count;
    if (bytes > answer.bytes_max - answer.body.size()) {
        answer.too_large = true;
        return 0;
    }
    answer.body.append(data, bytes);
    return bytes;
}

/// libcurl asks about once a second, and after signals.
int progress(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& options = *static_cast<const TransportOptions*>(of);
    return options.interrupted && options.interrupted() ? 1 : 0;
}

class HttpTransport final : public Transport {
  public:
    HttpTransport(std::string url, const TransportOptions& options)
        : url_(std::move(url)), options_(options) {}
    HttpTransport(const HttpTransport&) = delete;
    HttpTransport& operator=(const HttpTransport&) = delete;
    ~HttpTransport() override {
        curl_slist_free_all(headers_);
        if (curl_ != nullptr) {
            curl_easy_cleanup(curl_);
        }
    }

    [[nodiscard]] const std::string& endpoint() const noexcept override { return url_; }

    [[nodiscard]] Result<std::string, TransportFailure> exchange(std::string_view text) override {
        if (!prepare()) {
            return Err(TransportFailure{TransportError::broken, "libcurl does not start"});
        }
        Answer answer{.body = {}, .bytes_max = options_.answer_bytes_max};
        curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text.size()));
        curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, text.data());
        curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &answer);
        const CURLcode code = curl_easy_perform(curl_);
        if (code != CURLE_OK) {
            return Err(failure(code, answer.too_large));
        }
        long status = 0;
        curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
        if (status != 200) {
            return Err(TransportFailure{TransportError::refused,
                                        fmt::format("{} answers HTTP status {}: {}", url_, status,
                                                    std::string_view(answer.body).substr(0, 200))});
        }
        return std::move(answer.body);
    }

  private:
    bool prepare() {
        if (curl_ != nullptr) {
            return true;
        }
        curl_ = init_curl_once() ? curl_easy_init() : nullptr;
        if (curl_ == nullptr) {
            return false;
        }
        // An empty Expect saves a round trip for large bodies.
        for (const char* header : {"Content-Type: application/json", "Expect:"}) {
            headers_ = curl_slist_append(headers_, header);
        }
        curl_easy_setopt(curl_, CURLOPT_URL, url_.c_str());
        curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl_, CURLOPT_POST, 1L);
        curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers_);
        curl_easy_setopt(curl_, CURLOPT_ACCEPT_ENCODING, "");
        curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl_, CURLOPT_TCP_NODELAY, 1L);
        curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS,
                         static_cast<long>(options_.connect_timeout_ms));
        curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout_ms));
        curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, take);
        curl_easy_setopt(curl_, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl_, CURLOPT_XFERINFOFUNCTION, progress);
        curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, const_cast<TransportOptions*>(&options_));
        return true;
    }

    TransportFailure failure(CURLcode code, bool too_large) const {
        TransportError error = TransportError::broken;
        if (too_large) {
            error = TransportError::too_large;
        } else if (code == CURLE_OPERATION_TIMEDOUT) {
            error = TransportError::timed_out;
        } else if (code == CURLE_ABORTED_BY_CALLBACK) {
            error = TransportError::interrupted;
        } else if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) {
            error = TransportError::unreachable;
        } else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
            error = TransportError::bad_endpoint;
        }
        return {error, too_large ? fmt::format("{}: the answer is over {} bytes", url_,
                                               options_.answer_bytes_max)
                       : error == TransportError::interrupted
                           ? std::string(to_string(error))
                           : fmt::format("{}: {}", url_, curl_easy_strerror(code))};
    }

    const std::string url_;
    const TransportOptions options_;
    CURL* curl_ = nullptr;
    curl_slist* headers_ = nullptr;
};

}  // namespace

std::unique_ptr<Transport> make_http_transport(std::string url, const TransportOptions& options) {
    return std::make_unique<HttpTransport>(std::move(url), options);
}

}  // namespace otento::rpcclient
