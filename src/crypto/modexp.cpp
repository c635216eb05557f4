// EIP-198 over GMP. GMP ends the process when memory runs out and divides by zero in hardware:
// sizes are bounded by gas before we get here (quadratic in the lengths, 1024 bytes from EIP-7823
// on), and a zero modulus never reaches it.
#include <otento/crypto/precompiles.hpp>

#include <gmp.h>

namespace otento::crypto {
namespace {

/// A GMP integer that frees itself.
class Integer {
  public:
    Integer() noexcept { mpz_init(value_); }
    explicit Integer(BytesView big_endian) noexcept : Integer() {
        mpz_import(value_, big_endian.size(), 1, 1, 1, 0, big_endian.data());
    }
    Integer(const Integer&) = delete;
    Integer& operator=(const Integer&) = delete;
    ~Integer() { mpz_clear(value_); }

    [[nodiscard]] mpz_ptr get() noexcept { return value_; }
    [[nodiscard]] mpz_srcptr get() const noexcept { return value_; }
    [[nodiscard]] bool is_zero() const noexcept { return mpz_sgn(value_) == 0; }
    [[nodiscard]] size_t size_bytes() const noexcept {
        return is_zero() ? 0 : (mpz_sizeinbase(value_, 2) + 7) / 8;
    }
    /// Into the end of `out`, which is zero and long enough.
    void store(std::span<uint8_t> out) const noexcept {
        const size_t n = size_bytes();
        ASSERT(n <= out.size());
        mpz_export(out.data() + (out.size() - n), nullptr, 1, 1, 1, 0, value_);
    }

  private:
    mpz_t value_;
};

}  // namespace

Bytes modexp(BytesView base, BytesView exponent, BytesView modulus) {
    Bytes out(modulus.size());
    const Integer m(modulus);
    if (m.is_zero()) {
        return out;
    }
    const Integer b(base);
    const Integer e(exponent);
    Integer result;
    mpz_powm(result.get(), b.get(), e.get(), m.get());
    result.store(out);
    return out;
}

}  // namespace otento::crypto
