// evm may use crypto.
#include <otento/crypto/keccak.hpp>
