// Any bytes into any precompile that takes them from a contract: none may abort or read outside its
// input. The first byte chooses.
#include <otento/crypto/precompiles.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace otento;
    using namespace otento::crypto;
    if (size == 0) {
        return 0;
    }
    const BytesView in(data + 1, size - 1);
    switch (data[0] % 13) {
        case 0:
            (void)bn254_add(in);
            break;
        case 1:
            (void)bn254_mul(in);
            break;
        case 2:
            (void)bn254_pairing(in);
            break;
        case 3:
            (void)kzg_point_evaluation(in);
            break;
        case 4:
            (void)p256_verify(in);
            break;
        case 5:
            (void)bls12_g1_add(in);
            break;
        case 6:
            (void)bls12_g1_msm(in);
            break;
        case 7:
            (void)bls12_g2_add(in);
            break;
        case 8:
            (void)bls12_g2_msm(in);
            break;
        case 9:
            (void)bls12_pairing(in);
            break;
        case 10:
            (void)bls12_map_fp_to_g1(in);
            break;
        case 11:
            (void)bls12_map_fp2_to_g2(in);
            break;
        default:
            // Thirds: base, exponent, modulus.
            (void)modexp(in.first(in.size() / 3), in.subspan(in.size() / 3, in.size() / 3),
                         in.subspan(in.size() / 3 * 2));
    }
    return 0;
}
