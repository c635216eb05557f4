// Any bytes as what members and joiners send each other about the membership and the state: nothing
// may abort, and a file that is offered stays in its folder.
#include <otento/consensus/membership.hpp>
#include <otento/node/questions.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace otento;
    const BytesView in(data, size);
    if (const auto request = consensus::decode_request(in)) {
        const auto again = consensus::decode_request(
            consensus::encode_request(request->ticket, request->request));
        ASSERT(again && again->request == request->request);
    }
    if (const auto answer = consensus::decode_answer(in)) {
        const auto again =
            consensus::decode_answer(consensus::encode_answer(answer->ticket, answer->answer));
        ASSERT(again && again->answer == answer->answer);
    }
    static_cast<void>(consensus::decode_member_keys(in));
    if (const auto question = node::decode_question(in)) {
        ASSERT(node::decode_question(node::encode_question(*question)));
    }
    static_cast<void>(node::decode_you_are(in));
    static_cast<void>(node::decode_state_piece(in));
    static_cast<void>(node::decode_anchor(in));
    if (const auto texts = node::decode_texts(in)) {
        ASSERT(*node::decode_texts(node::encode_texts(*texts)) == *texts);
    }
    if (const auto offer = node::decode_state_offer(in)) {
        for (const node::StateFile& file : offer->files) {
            ASSERT(file.name.find('/') == std::string::npos && file.name != "..");
        }
    }
    return 0;
}
