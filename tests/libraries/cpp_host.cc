// A host in C++ of a module whose imports are in C++.

#include "check.h"
#include "cpp.h"

int main() {
    cpp_instance *instance;
    int32_t result;
    DO(cpp_instance_new(&instance));
    DO(cpp_instance_start(instance));
    DO(cpp_at(instance, 2, &result));
    CHECK(result == 30);
    DO(cpp_at(instance, 3, &result));
    CHECK(result == -1);
    DO(cpp_count(instance, &result));
    CHECK(result == 2);
    cpp_instance_free(instance);
}
