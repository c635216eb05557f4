// `otento bench calibrate`: work that tells machines apart, for comparing figures with those of
// another one.
#pragma once

#include <string>
#include <vector>

namespace otento::benchmarks {

/// Prints one line of JSON: CPU time of recovering a secp256k1 key (libsecp256k1) and of hashing 32
/// bytes. @return  Exit code: 0, or 2 on arguments.
[[nodiscard]] int calibrate_main(const std::vector<std::string>& arguments);

}  // namespace otento::benchmarks
