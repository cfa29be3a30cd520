// Uses the reactors, whatever language they are written in. Arguments: a directory with a file
// `seven` of 7 bytes in it, and how many instances to use in the end.

#include "reactor.h"
#include "check.h"
#include "footprint.h"

static int32_t text(reactor_instance *instance, const char *text) {
    int32_t address;
    DO(reactor_allocate(instance, strlen(text), &address));
    DO(reactor_instance_write(instance, address, text, strlen(text)));
    return address;
}

static const char *folder;

static void use_one(void) {
    reactor_instance *instance;
    DO(reactor_instance_new(&instance));
    DO(reactor_instance_dir(instance, folder, "/data", 1));
    DO(reactor_instance_start(instance));
    int32_t count;
    DO(reactor_count(instance, &count));
    CHECK(count == 1);
    int64_t size;
    DO(reactor_file_size(instance, text(instance, "/data/seven"), 11, &size));
    CHECK(size == 7);
    reactor_instance_free(instance);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    folder = argv[1];
    reactor_instance *one, *other;
    DO(reactor_instance_new(&one));
    DO(reactor_instance_new(&other));
    DO(reactor_instance_env(one, "NAME", "value"));
    DO(reactor_instance_dir(one, folder, "/data", 1));
    DO(reactor_instance_start(one));
    DO(reactor_instance_start(other));

    int32_t count;
    DO(reactor_count(one, &count));
    DO(reactor_count(one, &count));
    CHECK(count == 2);
    DO(reactor_count(other, &count));
    CHECK(count == 1);

    char words[] = "two Words", back[sizeof words] = {0};
    int32_t letters, address = text(one, words);
    DO(reactor_shout(one, address, strlen(words), &letters));
    CHECK(letters == 8);
    DO(reactor_instance_read(one, address, back, strlen(words)));
    CHECK(strcmp(back, "TWO WORDS") == 0);
    CHECK(memcmp((char *)reactor_instance_memory(one) + address, "TWO", 3) == 0);

    int64_t size;
    DO(reactor_file_size(one, text(one, "/data/seven"), 11, &size));
    CHECK(size == 7);
    DO(reactor_file_size(other, text(other, "/data/seven"), 11, &size));
    CHECK(size == -1);
    int32_t len;
    DO(reactor_variable_length(one, text(one, "NAME"), 4, &len));
    CHECK(len == 5);
    DO(reactor_variable_length(one, text(one, "PATH"), 4, &len));
    CHECK(len == -1);
    DO(reactor_say(one, text(one, "hello"), 5));
    double half;
    DO(reactor_half(one, 5.0, &half));
    CHECK(half == 2.5);

    CHECK(reactor_quit(other, 42) == KILN_EXIT);
    CHECK(reactor_instance_exit_code(other) == 42);
    reactor_instance_free(other);
    DO(reactor_count(one, &count));
    CHECK(count == 3);
    reactor_instance_free(one);
    use_many(atoi(argv[2]), use_one);
    return 0;
}
