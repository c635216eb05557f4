// Verdicts on fixtures, vectors/ethereum/MANIFEST.md sections 3.1 and 3.3.
#pragma once

#include <otento/conformance/fixture.hpp>

#include <functional>

namespace otento::conformance {

/// Empty: passed.
struct Verdict {
    std::string test_case;  ///< "name/fork/data/gas/value", or "name".
    std::string reason;
    bool skipped = false;
};
using Report = std::function<void(Verdict)>;

/// Judges every expectation of a state test whose fork's name passes `wanted`.
void judge_state(const StateFixture& fixture, const std::function<bool(std::string_view)>& wanted,
                 const Report& report);

/// Judges a chain.
void judge_chain(const BlockFixture& fixture, const std::function<bool(std::string_view)>& wanted,
                 const Report& report);

}  // namespace otento::conformance
