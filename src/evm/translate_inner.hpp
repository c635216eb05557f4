// Register forms of the opcodes inside a block: all but those that end one.
#pragma once

#include <otento/evm/block_builder.hpp>
#include <otento/evm/code_layout.hpp>

namespace otento::evm {

/// Translates the opcode at `at`, which the fork has and which ends no block, into `block`.
void translate_inner(BlockBuilder& block, const ForkRules& rules, const CodeLayout& code,
                     size_t at);

/// The form that gives the same result with its operands exchanged, or null.
[[nodiscard]] const BinaryForms* mirror(const BinaryForms& forms) noexcept;

}  // namespace otento::evm
