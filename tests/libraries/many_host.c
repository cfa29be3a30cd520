// A thousand instances come and go, and several threads use one each: nothing is left behind.

#include "abi.h"
#include "check.h"
#include "footprint.h"
#include <pthread.h>

static void use_one(void) {
    abi_instance *instance;
    int32_t i32;
    int64_t i64;
    DO(abi_instance_new(&instance));
    DO(abi_instance_dir(instance, "/", "/", 1));
    DO(abi_instance_env(instance, "NAME", "value"));
    DO(abi_instance_stream(instance, 1, 2));
    DO(abi_instance_start(instance));
    DO(abi_grow(instance, 1, &i32));
    DO(abi_grow_table(instance, 5, &i32));
    DO(abi_count(instance, &i64));
    CHECK(i64 == 1);
    CHECK(abi_load(instance, -1, &i32) == KILN_TRAP);
    DO(abi_catch(instance, &i32, &i64));
    CHECK(abi_recurse(instance, INT32_MAX, &i32) == KILN_TRAP);
    abi_instance_free(instance);
}

static void *use_some(void *unused) {
    for (int times = 0; times < 50; times++)
        use_one();
    return unused;
}

int main(void) {
    use_many(1000, use_one);

    abi_instance *instances[100];
    for (int i = 0; i < 100; i++) {
        DO(abi_instance_new(&instances[i]));
        DO(abi_instance_start(instances[i]));
    }
    for (int i = 0; i < 100; i++) {
        int64_t count;
        DO(abi_count(instances[i], &count));
        CHECK(count == 1);
        abi_instance_free(instances[i]);
    }

    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], 0, use_some, 0) == 0);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], 0) == 0);
    return 0;
}
