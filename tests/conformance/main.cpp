// The judge as a program of its own: what ctest runs, and the quickest way to one vector.
#include <otento/conformance/statetest.hpp>

int main(int argc, char** argv) {
    return otento::conformance::statetest_main({argv + 1, argv + argc});
}
