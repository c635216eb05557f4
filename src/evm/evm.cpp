#include <otento/evm/evm.hpp>

#include <otento/evm/machine.hpp>

namespace otento::evm {

std::string_view to_string(Status status) noexcept {
    switch (status) {
        case Status::success:
            return "success";
        case Status::revert:
            return "revert";
        case Status::out_of_gas:
            return "out of gas";
        case Status::invalid_instruction:
            return "invalid instruction";
        case Status::undefined_instruction:
            return "undefined instruction";
        case Status::stack_underflow:
            return "stack underflow";
        case Status::stack_overflow:
            return "stack overflow";
        case Status::bad_jump_destination:
            return "bad jump destination";
        case Status::invalid_memory_access:
            return "invalid memory access";
        case Status::static_mode_violation:
            return "static mode violation";
        case Status::call_depth_exceeded:
            return "call depth exceeded";
        case Status::insufficient_balance:
            return "insufficient balance";
        case Status::create_collision:
            return "create collision";
        case Status::max_code_size_exceeded:
            return "max code size exceeded";
        case Status::invalid_code:
            return "invalid code";
        case Status::nonce_overflow:
            return "nonce overflow";
        case Status::precompile_failure:
            return "precompile failure";
        case Status::max_initcode_size_exceeded:
            return "max initcode size exceeded";
    }
    return "unknown";
}

Evm::Evm(Host& host, const Rules& rules, Tracer* tracer, CodeCache* cache)
    : machine_(std::make_unique<Machine>(host, rules, tracer, cache)) {}

Evm::~Evm() = default;

void Evm::set_rules(const Rules& rules) {
    machine_->rules = rules;
    machine_->fork = &fork_rules(rules.fork);
}

void Evm::set_tracer(Tracer* tracer) {
    machine_->tracer = tracer;
}

CallResult Evm::execute(const Message& message) {
    return machine_->execute(message);
}

}  // namespace otento::evm
