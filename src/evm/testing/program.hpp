// A small assembler for tests: Program{} << push(1) << push(2) << OP_ADD << ret_top().
#pragma once

#include <otento/evm/opcodes.hpp>

#include <otento/base/uint256.hpp>

namespace otento::evm::testing {

class Program {
  public:
    Program& operator<<(Opcode op) {
        bytes_.push_back(op);
        return *this;
    }
    Program& operator<<(const Program& other) {
        append(bytes_, other.bytes_);
        return *this;
    }
    /// Bytes as they are.
    Program& operator<<(BytesView raw) {
        append(bytes_, raw);
        return *this;
    }
    [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }
    [[nodiscard]] size_t size() const noexcept { return bytes_.size(); }
    operator Bytes() const { return bytes_; }

  private:
    Bytes bytes_;
};

/// The shortest PUSH1 to PUSH32 of the value.
[[nodiscard]] inline Program push(const uint256& value) {
    const unsigned size = std::max(1U, (value.bit_width() + 7) / 8);
    const Hash word = value.to_be();
    Program out;
    out << static_cast<Opcode>(OP_PUSH0 + size) << BytesView{word}.last(size);
    return out;
}
[[nodiscard]] inline Program push(const Address& address) {
    Program out;
    out << OP_PUSH20 << BytesView{address};
    return out;
}

[[nodiscard]] inline Program times(size_t count, const Program& part) {
    Program out;
    for (size_t i = 0; i < count; ++i) {
        out << part;
    }
    return out;
}

/// Returns the top word.
[[nodiscard]] inline Program return_top() {
    return Program{} << push(0) << OP_MSTORE << push(32) << push(0) << OP_RETURN;
}
/// Returns `size` bytes of memory.
[[nodiscard]] inline Program return_memory(uint64_t size) {
    return Program{} << push(size) << push(0) << OP_RETURN;
}
[[nodiscard]] inline Program sstore(const uint256& key, const uint256& value) {
    return Program{} << push(value) << push(key) << OP_SSTORE;
}
/// Writes up to 32 bytes to the start of memory.
[[nodiscard]] inline Program store_bytes(BytesView bytes) {
    Hash word;
    std::copy(bytes.begin(), bytes.end(), word.bytes.begin());
    Program out;
    out << OP_PUSH32 << BytesView{word} << push(0) << OP_MSTORE;
    return out;
}

/// Operands of the CALL family.
struct CallArguments {
    Opcode op = OP_CALL;
    Address to{};
    uint256 gas = 1'000'000;
    uint256 value{};
    uint64_t input_offset = 0;
    uint64_t input_size = 0;
    uint64_t output_offset = 0;
    uint64_t output_size = 0;
};
[[nodiscard]] inline Program call(const CallArguments& c) {
    Program out;
    out << push(c.output_size) << push(c.output_offset) << push(c.input_size)
        << push(c.input_offset);
    if (c.op == OP_CALL || c.op == OP_CALLCODE) {
        out << push(c.value);
    }
    out << push(c.to) << push(c.gas) << c.op;
    return out;
}

/// Init code that deploys `code` of any size.
[[nodiscard]] inline Program deploys(const Bytes& code) {
    const auto with_offset = [&code](size_t offset) {
        Program out;
        out << OP_PUSH3 << BytesView{uint256{code.size()}.to_be()}.last(3) << OP_DUP1 << OP_PUSH1
            << Bytes{static_cast<uint8_t>(offset)} << push(0) << OP_CODECOPY << push(0)
            << OP_RETURN;
        return out;
    };
    return with_offset(with_offset(0).size()) << code;
}

}  // namespace otento::evm::testing
