// Calls a module whose imports are in the library, or here.

#include "imports.h"
#include "check.h"

int main(void) {
    imports_instance *instance;
    int32_t i32;
    double f64;
    DO(imports_instance_new(&instance));
    DO(imports_instance_start(instance));
    DO(imports_sum(instance, 1, 2, &i32));
    CHECK(i32 == 3);
    DO(imports_sum_by_reference(instance, 3, 4, &i32));
    CHECK(i32 == 7);
    DO(imports_mixed(instance, &f64));
    CHECK(f64 == 29.75);
    DO(imports_nest(instance, 10, &i32));
    CHECK(i32 == 10);
    DO(imports_catch(instance, &i32));
    CHECK(i32 == 1);
    CHECK(imports_throw(instance) == KILN_EXCEPTION);
    CHECK(imports_nest(instance, 10000000, &i32) == KILN_TRAP);
    DO(imports_nest(instance, 100, &i32));
    CHECK(i32 == 100);
    CHECK(imports_fail(instance) == KILN_TRAP);
    CHECK(strstr(imports_instance_message(instance), "a message"));
    CHECK(imports__start(instance) == KILN_TRAP);
    DO(imports_sum(instance, 5, 6, &i32));
    CHECK(i32 == 11);
    imports_instance_free(instance);
    return 0;
}
