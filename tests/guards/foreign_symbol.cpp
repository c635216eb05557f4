// Declares a function of crypto/ by hand, as somebody would who wants to get round the include guard.
#include <array>
#include <cstdint>
#include <span>

namespace otento {
template <unsigned long N>
struct FixedBytes {
    std::array<uint8_t, N> bytes{};
};
namespace crypto {
FixedBytes<32> keccak256(std::span<const uint8_t> data) noexcept;
}
}  // namespace otento

int main() { return otento::crypto::keccak256({}).bytes[0] == 0xc5 ? 0 : 1; }
