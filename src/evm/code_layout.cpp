#include <otento/evm/code_layout.hpp>

#include <otento/evm/register_forms.hpp>

namespace otento::evm {

CodeLayout::CodeLayout(const AnalysedCode& code) : code_(code) {
    measure_stretches();
    find_runs();
}

void CodeLayout::measure_stretches() {
    stretches_.assign(code_.size(), 0);
    size_t start = 0;
    unsigned length = 0;
    bool reachable = true;
    for (size_t at = 0; at < code_.size(); at += 1 + immediate_size(opcode(at))) {
        const uint8_t op = opcode(at);
        if (op == OP_JUMPDEST) {
            start = at;
            length = 0;
            reachable = true;
        }
        if (reachable) {
            ++length;
            stretches_[start] = static_cast<uint16_t>(std::min<unsigned>(length, UINT16_MAX));
        }
        const auto* const ending = find_form(ENDING_FORMS, op);
        if (op == OP_JUMP || op == OP_INVALID || (ending != nullptr && !ending->falls_through)) {
            reachable = false;
        }
    }
}

void CodeLayout::find_runs() {
    runs_.assign(code_.size(), 0);
    for (size_t at = code_.size(); at-- > 0;) {
        const bool joined = opcode(at) == OP_JUMPDEST && opcode(at + 1) == OP_JUMPDEST;
        runs_[at] = joined ? runs_[at + 1] : static_cast<uint32_t>(at);
    }
}

}  // namespace otento::evm
