#include <otento/evm/machine.hpp>

#include <otento/evm/precompile_memo.hpp>

#include <otento/base/rlp.hpp>
#include <otento/crypto/keccak.hpp>

#include <new>

namespace otento::evm {
namespace {

/// keccak256 of nothing.
constexpr Hash EMPTY_CODE_HASH{{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
                                0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
                                0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

bool is_creation(CallKind kind) noexcept {
    return kind == CallKind::create || kind == CallKind::create2;
}

}  // namespace

/// Stack of the last machine of this thread, for the next one: an import makes a machine for every
/// block, and mapping so much memory costs more than a small block.
thread_local std::unique_ptr<uint256, Machine::Free> Machine::spare_stack;

Machine::Machine(Host& host_in, const Rules& rules_in, Tracer* tracer_in, CodeCache* cache_in)
    : host(host_in),
      rules(rules_in),
      fork(&fork_rules(rules_in.fork)),
      tracer(tracer_in),
      cache_(cache_in != nullptr ? *cache_in : own_cache_) {}

Machine::~Machine() {
    if (stack_ != nullptr) {
        spare_stack = std::move(stack_);
    }
}

void Machine::Free::operator()(uint256* words) const noexcept {
    ::operator delete(static_cast<void*>(words), std::align_val_t{64});
}

CallResult Machine::execute(const Message& message) {
    ASSERT(live_ == 0);
    if (stack_ == nullptr) {
        stack_ = std::move(spare_stack);
    }
    if (stack_ == nullptr) {
        // Only pages that are used become resident.
        stack_.reset(static_cast<uint256*>(
            ::operator new(STACK_WORDS * sizeof(uint256), std::align_val_t{64})));
    }
    tx = &host.tx_context();
    ripemd160_touched_ = false;
    last_touched_.reset();
    deposit_failed_ = false;
    peak_ = 0;
    stack_peak_ = 0;
    // The interpreter counts below 2^63; nobody can spend the rest.
    Message first = message;
    first.gas = std::min(message.gas, UNDEFINED_GAS - 1);
    const uint64_t spare_gas = message.gas - first.gas;

    reports_steps_ = tracer != nullptr && tracer->wants_steps();
    if (begin(first, nullptr)) {
        while (live_ != 0) {
            Frame& frame = top();
            if (run(frame) == Exit::halt) {
                finish_frame();
                if (live_ != 0) {
                    resume(top());
                }
            }
        }
    }
    const bool keeps_gas = outcome_.status == Status::success || outcome_.status == Status::revert;
    CallResult result{.status = deposit_failed_ ? Status::out_of_gas : outcome_.status,
                      .gas_left = outcome_.gas_left + (keeps_gas ? spare_gas : 0),
                      .output = to_bytes(outcome_.output),
                      .created = outcome_.created};
    trim();
    return result;
}

Exit Machine::run(Frame& frame) {
    if (reports_steps_) {
        return interpret<true>(*this, frame);
    }
    return frame.instruction != nullptr ? interpret_registers(*this, frame)
                                        : interpret<false>(*this, frame);
}

void Machine::touch(const Address& address) {
    if (address == RIPEMD160_ADDRESS) {
        ripemd160_touched_ = true;
    }
    if (last_touched_ != address) {
        host.touch(address);
        last_touched_ = address;
    }
}

/// Takes back what a failed frame did. A touch of RIPEMD-160's address survives, as it did on the
/// main network in block 2675119, where the empty account was cleared by a transaction that ran out
/// of gas.
void Machine::undo(size_t checkpoint) {
    host.rollback(checkpoint);
    last_touched_.reset();
    if (ripemd160_touched_ && fork->state_clearing) {
        host.touch(RIPEMD160_ADDRESS);
    }
}

void Machine::fail(Status status, uint64_t gas_left) {
    outcome_.status = status;
    outcome_.gas_left = gas_left;
    outcome_.output = {};
    outcome_.created = {};
}

bool Machine::enter_callee(Frame& caller) {
    if (begin(pending, &pending_code)) {
        return true;
    }
    resume(caller);
    return false;
}

/// @param known_code  Code of the message where its bytes are not null; taken over.
bool Machine::begin(const Message& message, CodeRef* known_code) {
    fail(Status::success, message.gas);
    const bool pushed =
        is_creation(message.kind) ? begin_create(message) : begin_call(message, known_code);
    if (!pushed && tracer != nullptr) {
        report_exit(message.gas, message.depth);
    }
    return pushed;
}

/// Code that a call of the outermost frame, or of a fork without delegations, runs.
CodeRef Machine::executable_code(const Message& message) {
    CodeRef code = host.code(message.code_address);
    if (!fork->delegations) {
        return code;
    }
    const std::optional<Address> target = delegation_target(*code.bytes);
    if (!target) {
        return code;
    }
    if (message.depth == 0) {
        host.access_account(*target);
    }
    return host.code(*target);
}

/// The part of CALL that moves value. False if there is nobody to call: EIP-161 forbids to make the
/// account.
bool Machine::transfer(const Message& message, bool has_code, bool to_precompile) {
    const Address& to = message.recipient;
    if (!message.value.is_zero()) {
        host.subtract_balance(message.sender, message.value);
        host.add_balance(to, message.value);
        return true;
    }
    if (has_code) {
        return true;  // Exists and is not empty: a touch changes nothing.
    }
    if (!host.exists(to)) {
        if (fork->state_clearing && !to_precompile) {
            return false;
        }
        touch(to);
    } else if (!rules.quorum_no_touch_on_zero_value) {
        touch(to);
    }
    return true;
}

bool Machine::begin_call(const Message& message, CodeRef* known_code) {
    const Precompile* const precompile = find_precompile(message.code_address, fork->fork);
    if (tracer != nullptr) {
        report_enter(message,
                     message.kind == CallKind::call || message.kind == CallKind::staticcall
                         ? message.recipient
                         : message.code_address,
                     precompile != nullptr);
    }
    if (message.depth > CALL_DEPTH_MAX) {
        fail(Status::call_depth_exceeded, message.gas);
        return false;
    }
    const bool moves_value = message.kind == CallKind::call || message.kind == CallKind::callcode;
    if (moves_value && !message.value.is_zero() && host.balance(message.sender) < message.value) {
        fail(Status::insufficient_balance, message.gas);
        return false;
    }
    CodeRef code;
    if (precompile == nullptr) {
        code = known_code != nullptr && known_code->bytes != nullptr ? std::move(*known_code)
                                                                     : executable_code(message);
    }
    const bool has_code = precompile == nullptr && !code.bytes->empty();

    const size_t checkpoint = host.checkpoint();
    if (message.kind == CallKind::call) {
        if (!transfer(message, has_code, precompile != nullptr)) {
            return false;
        }
    } else if (message.kind == CallKind::staticcall && !has_code &&
               !rules.quorum_no_touch_on_staticcall) {
        touch(message.recipient);
    }
    if (precompile != nullptr) {
        run_precompile(*precompile, message, checkpoint);
        return false;
    }
    if (!has_code) {
        return false;
    }
    Frame& frame = push_frame(message);
    frame.recipient = message.recipient;
    frame.checkpoint = checkpoint;
    frame.input = message.input;
    frame.cached_code = cache_.pin(code.hash, *code.bytes);
    frame.code = &frame.cached_code->code;
    frame.pc = frame.code->data();
    frame.translation = reports_steps_ ? nullptr : cache_.translation(*frame.cached_code, *fork);
    frame.instruction =
        frame.translation == nullptr ? nullptr : frame.translation->instructions.data();
    return true;
}

void Machine::run_precompile(const Precompile& precompile, const Message& message,
                             size_t checkpoint) {
    const uint64_t cost = precompile.gas(message.input, fork->fork);
    if (message.gas < cost) {
        undo(checkpoint);
        fail(Status::out_of_gas);
        return;
    }
    thread_local PrecompileMemo memo;
    if (!memo.run(precompile, message.input, fork->fork, cost, precompile_output_)) {
        undo(checkpoint);
        fail(Status::precompile_failure);
        return;
    }
    outcome_.gas_left = message.gas - cost;
    outcome_.output = precompile_output_;
}

bool Machine::begin_create(const Message& message) {
    // Yellow Paper 7. The outermost creation finds its sender's nonce already bumped.
    const uint64_t nonce = host.nonce(message.sender) - (message.depth == 0 ? 1 : 0);
    const Address address = message.kind == CallKind::create
                                ? create_address(message.sender, nonce)
                                : create2_address(message.sender, message.salt, message.input);
    if (tracer != nullptr) {
        report_enter(message, address, false);
    }
    if (message.depth > CALL_DEPTH_MAX) {
        fail(Status::call_depth_exceeded, message.gas);
        return false;
    }
    if (!message.value.is_zero() && host.balance(message.sender) < message.value) {
        fail(Status::insufficient_balance, message.gas);
        return false;
    }
    if (message.depth != 0) {
        if (nonce == UINT64_MAX) {  // EIP-2681
            fail(Status::nonce_overflow, message.gas);
            return false;
        }
        host.set_nonce(message.sender, nonce + 1);
    }
    if (fork->access_lists) {
        host.access_account(address);
    }
    const Hash code_hash = host.code_hash(address);
    const bool has_code = !code_hash.is_zero() && code_hash != EMPTY_CODE_HASH;
    // EIP-684 and EIP-7610; both apply from genesis.
    if (has_code || host.nonce(address) != 0 || host.has_storage(address)) {
        fail(Status::create_collision);
        return false;
    }
    const size_t checkpoint = host.checkpoint();
    host.create_contract(address);
    if (fork->state_clearing) {
        host.set_nonce(address, 1);
    }
    if (!message.value.is_zero()) {
        host.subtract_balance(message.sender, message.value);
        host.add_balance(address, message.value);
    }
    Frame& frame = push_frame(message);
    frame.recipient = address;
    frame.checkpoint = checkpoint;
    frame.input = {};
    frame.cached_code = nullptr;
    frame.translation = nullptr;
    frame.instruction = nullptr;
    frame.init_code.assign(message.input);
    frame.code = &frame.init_code;
    frame.pc = frame.code->data();
    return true;
}

Frame& Machine::push_frame(const Message& message) {
    uint256* const floor = live_ == 0 ? stack_.get() : top().sp;
    if (live_ == frames_.size()) {
        frames_.push_back(std::make_unique<Frame>());
    }
    Frame& frame = *frames_[live_];
    ++live_;
    peak_ = std::max(peak_, live_);
    stack_peak_ = std::max(stack_peak_, static_cast<size_t>(floor - stack_.get()));
    frame.stack_floor = floor;
    frame.sp = floor;
    frame.gas = message.gas;
    frame.gas_at_start = message.gas;
    frame.memory.clear();
    frame.return_data.clear();
    frame.sender = message.sender;
    frame.value = message.value;
    frame.kind = message.kind;
    frame.is_static = message.is_static;
    frame.depth = message.depth;
    return frame;
}

/// Yellow Paper 7, code deposit; EIP-2, EIP-170, EIP-3541.
Status Machine::deposit_code(Frame& frame) {
    const BytesView code = frame.output;
    if (fork->code_size_limit && code.size() > rules.code_size_max) {
        return Status::max_code_size_exceeded;
    }
    if (fork->rejects_ef_code && !code.empty() && code[0] == 0xef) {
        return Status::invalid_code;
    }
    const uint64_t cost = GAS_CODE_DEPOSIT_BYTE * code.size();
    if (frame.gas < cost) {
        if (fork->deposit_failure_is_fatal && !rules.quorum_no_homestead) {
            return Status::out_of_gas;
        }
        frame.output = {};  // Frontier: the contract stays, without code.
        deposit_failed_ = frame.depth == 0 && rules.quorum_no_homestead;
        return Status::success;
    }
    frame.gas -= cost;
    if (!code.empty()) {
        host.set_code(frame.recipient, to_bytes(code));
    }
    return Status::success;
}

void Machine::finish_frame() {
    Frame& frame = top();
    if (is_creation(frame.kind)) {
        if (frame.status == Status::success) {
            frame.status = deposit_code(frame);
        }
        outcome_.created = frame.status == Status::success ? frame.recipient : Address{};
    }
    outcome_.status = frame.status;
    if (frame.status == Status::success || frame.status == Status::revert) {
        outcome_.gas_left = frame.gas;
        outcome_.output = frame.output;
    } else {
        outcome_.gas_left = 0;
        outcome_.output = {};
    }
    if (frame.status != Status::success) {
        undo(frame.checkpoint);
    }
    if (frame.cached_code != nullptr) {
        cache_.unpin(frame.cached_code, frame.gas_at_start - outcome_.gas_left);
        frame.cached_code = nullptr;
    }
    if (tracer != nullptr) {
        report_exit(frame.gas_at_start, frame.depth);
    }
    --live_;
}

/// Hands the outcome to the frame that asked for it.
void Machine::resume(Frame& parent) {
    const bool ok = outcome_.status == Status::success;
    const BytesView output = outcome_.output;
    parent.gas += outcome_.gas_left;
    if (parent.awaits_creation) {
        *parent.sp = ok ? uint256::from(outcome_.created) : uint256{};
        if (ok) {
            parent.return_data.clear();  // EIP-211: only a revert returns data.
            return;
        }
    } else {
        *parent.sp = ok ? 1 : 0;
        const size_t copied =
            static_cast<size_t>(std::min<uint64_t>(parent.output_size, output.size()));
        if (copied != 0) {
            std::memcpy(parent.memory.data() + parent.output_offset, output.data(), copied);
        }
    }
    parent.return_data.assign(output.begin(), output.end());
}

/// Keeps the buffers of ordinary transactions, gives back those of greedy ones.
void Machine::trim() {
    uint64_t held = 0;
    for (size_t i = 0; i < peak_; ++i) {
        const Frame& frame = *frames_[i];
        held +=
            frame.memory.capacity() + frame.return_data.capacity() + frame.init_code.footprint();
    }
    if (held > KEPT_MEMORY) {
        frames_.clear();
        precompile_output_ = {};
    }
    if (stack_peak_ > KEPT_STACK_WORDS) {
        stack_.reset();
    }
}

Address create_address(const Address& sender, uint64_t nonce) noexcept {
    // rlp([sender, nonce]) is 23 to 31 bytes: a list of a 20-byte string and a short integer.
    uint8_t rlp[32];
    size_t size = 1;
    rlp[size++] = 0x94;
    std::memcpy(rlp + size, sender.data(), sender.size());
    size += sender.size();
    if (nonce < 0x80) {
        rlp[size++] = nonce == 0 ? 0x80 : static_cast<uint8_t>(nonce);
    } else {
        uint8_t digits[8];
        store_be(digits, nonce);
        const size_t skipped = static_cast<size_t>(std::countl_zero(nonce)) / 8;
        rlp[size++] = static_cast<uint8_t>(0x80 + (8 - skipped));
        std::memcpy(rlp + size, digits + skipped, 8 - skipped);
        size += 8 - skipped;
    }
    rlp[0] = static_cast<uint8_t>(0xc0 + size - 1);
    return Address::right_aligned(crypto::keccak256({rlp, size}));
}

Address create2_address(const Address& sender, const Hash& salt, BytesView init_code) noexcept {
    uint8_t preimage[1 + 20 + 32 + 32];
    preimage[0] = 0xff;
    std::memcpy(preimage + 1, sender.data(), 20);
    std::memcpy(preimage + 21, salt.data(), 32);
    const Hash code_hash = crypto::keccak256(init_code);
    std::memcpy(preimage + 53, code_hash.data(), 32);
    return Address::right_aligned(crypto::keccak256({preimage, sizeof preimage}));
}

std::optional<Address> delegation_target(BytesView code) noexcept {
    constexpr uint8_t PREFIX[3] = {0xef, 0x01, 0x00};
    if (code.size() != sizeof PREFIX + Address::SIZE ||
        std::memcmp(code.data(), PREFIX, sizeof PREFIX) != 0) {
        return std::nullopt;
    }
    return Address::from(code.subspan(sizeof PREFIX));
}

void Machine::report_enter(const Message& message, const Address& to, bool is_precompile) {
    tracer->on_enter({.kind = message.kind,
                      .depth = message.depth,
                      .from = message.sender,
                      .to = to,
                      .value = message.value,
                      .input = message.input,
                      .gas = message.gas,
                      .is_precompile = is_precompile});
}

void Machine::report_exit(uint64_t gas, int depth) {
    tracer->on_exit({.status = outcome_.status,
                     .depth = depth,
                     .output = outcome_.output,
                     .gas_used = gas - outcome_.gas_left});
}

namespace {

TraceStep describe(const Machine& machine, const Frame& frame, const uint256* sp) {
    const Machine::Step& step = machine.step;
    return {.pc = static_cast<uint64_t>(step.pc - frame.code->data()),
            .op = *step.pc,
            .depth = frame.depth,
            .gas = step.gas,
            .gas_cost = 0,
            .stack = {frame.stack_floor + 1, static_cast<size_t>(sp - frame.stack_floor)},
            .memory = {frame.memory.data(), static_cast<size_t>(step.memory_size)},
            .return_data = frame.return_data,
            .address = frame.recipient};
}

}  // namespace

void Machine::report_step(const Frame& frame, const uint256* sp, uint64_t gas) {
    TraceStep described = describe(*this, frame, sp);
    described.gas_cost = step.gas - gas;
    step.reported = true;
    tracer->on_step(described);
}

void Machine::report_fault(const Frame& frame, const uint256* sp, Status status) {
    TraceStep described = describe(*this, frame, sp);
    const uint64_t price = fork->gas[described.op];
    described.gas_cost = price == UNDEFINED_GAS ? 0 : price;
    if (!step.reported) {
        step.reported = true;
        tracer->on_step(described);
    }
    tracer->on_fault(described, status);
}

}  // namespace otento::evm
