// An import that throws and catches, and has to be constructed.

#include "cpp_imports.hpp"
#include <stdexcept>
#include <vector>

static std::vector<int> values{10, 20, 30};

extern "C" int32_t env_at(cpp_instance *, int32_t index) {
    calls()++;
    try {
        return values.at(index);
    } catch (const std::out_of_range &) {
        return -1;
    }
}
