// evm may not see a trie.
#include <otento/trie/mpt.hpp>
