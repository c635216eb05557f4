#include <otento/state/key_hasher.hpp>

#include <otento/base/random.hpp>

namespace otento::state {

KeyHasher::KeyHasher() noexcept {
    static const auto SECRET = [] {
        std::array<uint8_t, sizeof secrets_> out;
        secure_random(out);
        return out;
    }();
    std::memcpy(secrets_, SECRET.data(), sizeof secrets_);
}

}  // namespace otento::state
