#include <otento/rpc/errors.hpp>

#include <otento/base/hex.hpp>

#include <fmt/core.h>

namespace otento::rpc {
namespace {

using evm::Status;

constexpr size_t SELECTOR_SIZE = 4;
constexpr size_t WORD_SIZE = 32;
constexpr uint8_t ERROR_SELECTOR[] = {0x08, 0xc3, 0x79, 0xa0};  // Error(string)
constexpr uint8_t PANIC_SELECTOR[] = {0x4e, 0x48, 0x7b, 0x71};  // Panic(uint256)

/// Solidity documentation, "Panic via assert and Error via require".
std::string panic_text(uint64_t code) {
    switch (code) {
        case 0x00:
            return "generic panic";
        case 0x01:
            return "assert(false)";
        case 0x11:
            return "arithmetic underflow or overflow";
        case 0x12:
            return "division or modulo by zero";
        case 0x21:
            return "enum overflow";
        case 0x22:
            return "invalid encoded storage byte array accessed";
        case 0x31:
            return "out-of-bounds array access; popping on an empty array";
        case 0x32:
            return "out-of-bounds access of an array or bytesN";
        case 0x41:
            return "out of memory";
        case 0x51:
            return "uninitialized function";
        default:
            return fmt::format("unknown panic code: {:#x}", code);
    }
}

/// The number in word `index` behind the selector, if it is there and below 2^64.
std::optional<uint64_t> word_at(BytesView output, size_t index) {
    const size_t at = SELECTOR_SIZE + index * WORD_SIZE;
    if (output.size() < at + WORD_SIZE) {
        return std::nullopt;
    }
    const auto value = uint256::load_be32(output.data() + at);
    return value.fits_u64() ? std::optional(value.low64()) : std::nullopt;
}

}  // namespace

Error server_error(std::string message) {
    return {.code = jsonrpc::SERVER_ERROR, .message = std::move(message)};
}

Error header_not_found(bool by_hash) {
    return server_error(by_hash ? "header for hash not found" : "header not found");
}

Error pruned_state(uint64_t number) {
    return server_error(fmt::format("missing trie node: state of block {} is not kept", number));
}

std::optional<std::string> revert_reason(BytesView output) {
    if (output.size() < SELECTOR_SIZE) {
        return std::nullopt;
    }
    const BytesView selector = output.first(SELECTOR_SIZE);
    if (equal(selector, PANIC_SELECTOR)) {
        const auto code = word_at(output, 0);
        return code ? std::optional(panic_text(*code)) : std::nullopt;
    }
    if (!equal(selector, ERROR_SELECTOR) || word_at(output, 0) != WORD_SIZE) {
        return std::nullopt;
    }
    const auto length = word_at(output, 1);
    const size_t text_at = SELECTOR_SIZE + 2 * WORD_SIZE;
    if (!length || *length > output.size() - text_at) {
        return std::nullopt;
    }
    return std::string(as_text(output.subspan(text_at, *length)));
}

Error execution_reverted(BytesView output) {
    Error out{.code = jsonrpc::EXECUTION_REVERTED, .message = "execution reverted"};
    if (const auto reason = revert_reason(output)) {
        out.message += ": " + *reason;
    }
    out.data = '"' + to_hex0x(output) + '"';
    return out;
}

std::string_view failure_text(Status status) noexcept {
    switch (status) {
        case Status::success:
            return "success";
        case Status::revert:
            return "execution reverted";
        case Status::out_of_gas:
            return "out of gas";
        case Status::invalid_instruction:
            return "invalid opcode: INVALID";
        case Status::undefined_instruction:
            return "invalid opcode: undefined instruction";
        case Status::stack_underflow:
            return "stack underflow";
        case Status::stack_overflow:
            return "stack limit reached 1024";
        case Status::bad_jump_destination:
            return "invalid jump destination";
        case Status::invalid_memory_access:
            return "return data out of bounds";
        case Status::static_mode_violation:
            return "write protection";
        case Status::call_depth_exceeded:
            return "max call depth exceeded";
        case Status::insufficient_balance:
            return "insufficient balance for transfer";
        case Status::create_collision:
            return "contract address collision";
        case Status::max_code_size_exceeded:
            return "max code size exceeded";
        case Status::max_initcode_size_exceeded:
            return "max initcode size exceeded";
        case Status::invalid_code:
            return "invalid code: must not begin with 0xef";
        case Status::nonce_overflow:
            return "nonce uint64 overflow";
        case Status::precompile_failure:
            return "precompiled contract failed";
    }
    return "execution failed";
}

Error call_refused(execution::TxError error, uint64_t gas) {
    return server_error(fmt::format("err: {} (supplied gas {})", execution::to_string(error), gas));
}

Error estimate_failed(const execution::EstimateFailure& failure) {
    using Kind = execution::EstimateFailure::Kind;
    switch (failure.kind) {
        case Kind::invalid:
            return server_error(std::string(execution::to_string(failure.tx_error)));
        case Kind::reverted:
            return execution_reverted(failure.output);
        case Kind::failed:
            return server_error(std::string(failure_text(failure.status)));
        case Kind::exceeds_allowance:
            break;
    }
    return server_error(fmt::format("gas required exceeds allowance ({})", failure.allowance));
}

}  // namespace otento::rpc
