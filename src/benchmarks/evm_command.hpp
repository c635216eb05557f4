// `otento bench evm`: times EVM programs and checks what they give.
#pragma once

#include <string>
#include <vector>

namespace otento::benchmarks {

/// @param arguments  Behind "bench evm"; README.md has them all.
/// @return  Exit code: 0 every program gave what it must, 1 one did not, 2 bad arguments.
[[nodiscard]] int evm_main(const std::vector<std::string>& arguments);

}  // namespace otento::benchmarks
