// An import that looks at what the other has counted.

#include "cpp_imports.hpp"

extern "C" int32_t env_count(cpp_instance *) { return calls(); }
