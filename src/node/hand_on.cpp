#include <otento/node/hand_on.hpp>

#include <atomic>

namespace otento::node {
namespace {

constexpr uint32_t ANSWER_MS = 10'000;
constexpr uint64_t NS_PER_SECOND = 1'000'000'000;
constexpr size_t ENVELOPE_BYTES = 64;

/// Collects the answers of one question, which come one by one.
struct Texts {
    explicit Texts(size_t count) : all(count), missing(count) {}
    std::vector<std::string> all;
    std::atomic<size_t> missing;
};

/// It is here, and this node's own now, or one of that account and number is committed: nothing is
/// left to answer for.
bool is_settled(const std::string& refusal) {
    return refusal == to_string(txpool::Refusal{.error = txpool::PoolError::already_known}) ||
           refusal == to_string(execution::TxError::nonce_too_low);
}

Result<HandedOn, std::string> offer(p2p::Conversation& member, HandOn question,
                                    const std::vector<Hash>& hashes, const Unsettled& unsettled) {
    TRY(const Bytes answer, member.ask(encode_question(std::move(question)), ANSWER_MS));
    const auto texts = decode_texts(answer);
    if (!texts || texts->size() != hashes.size()) {
        return Err(std::string("a member answers something else"));
    }
    HandedOn out;
    std::vector<Hash> settled;
    for (size_t i = 0; i < hashes.size(); ++i) {
        const std::string& refusal = (*texts)[i];
        if (refusal.empty()) {
            settled.push_back(hashes[i]);
            continue;
        }
        ++out.refused;
        if (out.first_refusal.empty()) {
            out.first_refusal = refusal;
        }
    }
    out.settled = settled.size();
    unsettled.settle(std::move(settled));
    return out;
}

}  // namespace

Result<HandedOn, std::string> hand_on(p2p::Conversation& member, const Unsettled& unsettled) {
    const std::vector<txpool::PooledPtr> all = unsettled.list();
    HandedOn out;
    for (size_t i = 0; i < all.size();) {
        HandOn question;
        std::vector<Hash> hashes;
        size_t bytes = ENVELOPE_BYTES;
        for (; i < all.size() && hashes.size() < HAND_ON_COUNT_MAX; ++i) {
            bytes += all[i]->encoded_size + 4;
            if (bytes > QUESTION_BYTES_MAX && !hashes.empty()) {
                break;
            }
            question.transactions.push_back(types::encode_transaction(*all[i]->tx));
            hashes.push_back(all[i]->hash);
        }
        TRY(const HandedOn part, offer(member, std::move(question), hashes, unsettled));
        out.settled += part.settled;
        out.refused += part.refused;
        if (out.first_refusal.empty()) {
            out.first_refusal = part.first_refusal;
        }
    }
    return out;
}

void submit_encoded(const chain::Chain& chain, Clock& clock, size_t bytes_max, LedgerHost& ledger,
                    Bytes encoded, std::function<void(const Hash&, std::string)> done) {
    const auto view = chain.view();
    const auto rules = execution::rules_at(view->config(), view->head_number() + 1,
                                           clock.unix_ns() / NS_PER_SECOND);
    auto intake = consensus::take_in(std::move(encoded), rules, bytes_max);
    if (!intake) {
        done({}, intake.error());
        return;
    }
    const Hash hash = intake->hash;
    ledger.submit(*std::move(intake), [hash, done = std::move(done)](std::string refusal) {
        done(hash, std::move(refusal));
    });
}

void take_over(std::vector<Bytes> transactions,
               const std::function<void(Bytes, SubmitDone)>& submit,
               std::function<void(std::vector<std::string>)> done) {
    if (transactions.empty()) {
        done({});
        return;
    }
    const auto texts = std::make_shared<Texts>(transactions.size());
    const auto shared =
        std::make_shared<std::function<void(std::vector<std::string>)>>(std::move(done));
    for (size_t i = 0; i < transactions.size(); ++i) {
        submit(std::move(transactions[i]), [texts, shared, i](std::string refusal) {
            texts->all[i] = is_settled(refusal) ? std::string() : std::move(refusal);
            if (texts->missing.fetch_sub(1) == 1) {
                (*shared)(std::move(texts->all));
            }
        });
    }
}

}  // namespace otento::node
