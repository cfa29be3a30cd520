// What goes in and out of functions, and what an instance has of its own.

#include "abi.h"
#include "check.h"
#include <emmintrin.h>

static void values(abi_instance *instance) {
    kiln_v128 vector = (kiln_v128)_mm_set_epi32(4, 3, 2, 1), vector_back;
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    DO(abi_mix(instance, -1, INT64_MIN, 1.5f, -2.5, vector, &vector_back, &f64, &f32, &i64, &i32));
    CHECK(i32 == -1 && i64 == INT64_MIN && f32 == 1.5f && f64 == -2.5);
    CHECK(memcmp(&vector, &vector_back, 16) == 0);
    DO(abi_many(instance, 1, .5, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 0, 10, 20.25, &i32, &f64));
    CHECK(i32 == 11 && f64 == -19.75);
}

static void memory(abi_instance *instance) {
    char buffer[8] = "";
    int32_t pages;
    char *base = abi_instance_memory(instance);
    CHECK(abi_instance_memory_size(instance) == 65536);
    DO(abi_instance_read(instance, 16, buffer, 4));
    CHECK(memcmp(buffer, "data", 4) == 0 && memcmp(base + 16, "data", 4) == 0);
    DO(abi_instance_read(instance, 65536, buffer, 0));
    DO(abi_instance_write(instance, 65533, "abc", 3));
    CHECK(abi_instance_write(instance, 65534, "abc", 3) == KILN_OUT_OF_BOUNDS);
    CHECK(abi_instance_read(instance, UINT64_MAX, buffer, 2) == KILN_OUT_OF_BOUNDS);
    CHECK(abi_instance_read(instance, 0, buffer, SIZE_MAX) == KILN_OUT_OF_BOUNDS);
    DO(abi_grow(instance, 2, &pages));
    CHECK(pages == 1 && abi_instance_memory_size(instance) == 3 * 65536);
    CHECK(abi_instance_memory(instance) == base && base[65535] == 'c');
    DO(abi_instance_write(instance, 3 * 65536 - 3, "abc", 3));
    DO(abi_grow(instance, 1, &pages));
    CHECK(pages == -1);
    DO(abi_init_passive(instance, 100));
    CHECK(memcmp(base + 100, "passive", 7) == 0);
    DO(abi_drop_passive(instance));
    CHECK(abi_init_passive(instance, 100) == KILN_TRAP);
}

static void tables(abi_instance *instance) {
    int64_t count;
    int32_t len;
    CHECK(abi_call_indirect(instance, 0, &count) == KILN_TRAP);
    CHECK(strstr(abi_instance_message(instance), "uninitialized element"));
    CHECK(abi_call_indirect(instance, 1, &count) == KILN_TRAP);
    CHECK(strstr(abi_instance_message(instance), "type mismatch"));
    DO(abi_call_indirect(instance, 2, &count));
    CHECK(count == 1);
    DO(abi_set_function(instance, 0));
    DO(abi_call_indirect(instance, 0, &count));
    CHECK(count == 2);
    DO(abi_grow_table(instance, 7, &len));
    CHECK(len == 3);
    DO(abi_set_function(instance, 9));
    DO(abi_call_indirect(instance, 9, &count));
    CHECK(count == 3);
    DO(abi_grow_table(instance, 1, &len));
    CHECK(len == -1);
}

int main(void) {
    abi_instance *one, *other;
    int64_t count;
    DO(abi_instance_new(&one));
    DO(abi_instance_new(&other));
    DO(abi_instance_start(one));
    DO(abi_instance_start(other));
    values(one);
    memory(one);
    tables(one);
    abi_instance_free(one);
    // The other has seen nothing of it.
    values(other);
    memory(other);
    tables(other);
    DO(abi_count(other, &count));
    CHECK(count == 4);
    abi_instance_free(other);
    return 0;
}
