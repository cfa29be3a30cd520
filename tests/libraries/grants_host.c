// What an instance is given before its start, and what it is refused. With an argument: what a sealed
// module is refused besides.

#define _GNU_SOURCE
#include "grants.h"
#include "check.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static grants_instance *new(void) {
    grants_instance *instance;
    DO(grants_instance_new(&instance));
    return instance;
}

static void nothing_makes_no_sense(void) {
    grants_instance *instance = new();
    CHECK(grants_instance_new(0) == KILN_MISUSE);
    CHECK(grants_instance_arg(instance, 0) == KILN_MISUSE);
    CHECK(grants_instance_env(instance, "NAME", 0) == KILN_MISUSE);
    CHECK(grants_instance_env(instance, "", "value") == KILN_MISUSE);
    CHECK(grants_instance_env(instance, "A=B", "value") == KILN_MISUSE);
    CHECK(grants_instance_dir(instance, 0, "/", 0) == KILN_MISUSE);
    CHECK(grants_instance_stream(instance, 3, 0) == KILN_MISUSE);
    CHECK(grants_instance_stream(instance, 0, -2) == KILN_MISUSE);
    CHECK(strstr(grants_instance_message(instance), "argument"));
    DO(grants_instance_start(instance));
    grants_instance_free(instance);

    CHECK(grants_instance_arg(0, "argument") == KILN_MISUSE);
    CHECK(grants_instance_start(0) == KILN_MISUSE);
    CHECK(grants_instance_memory(0) == 0 && grants_instance_memory_size(0) == 0);
    CHECK(*grants_instance_message(0));
    grants_instance_free(0);
}

// Starting ends with KILN_REFUSED, says `what`, and leaves nothing but to free the instance.
static void is_refused(grants_instance *instance, const char *what) {
    int32_t result;
    CHECK(grants_instance_start(instance) == KILN_REFUSED);
    CHECK(strstr(grants_instance_message(instance), what));
    CHECK(grants_instance_start(instance) == KILN_MISUSE);
    CHECK(grants_prestat(instance, 3, &result) == KILN_MISUSE);
    grants_instance_free(instance);
}

static void what_is_not_to_be_had_is_named(void) {
    grants_instance *instance = new();
    DO(grants_instance_dir(instance, "/does/not/exist", "/", 0));
    is_refused(instance, "`/does/not/exist`");
    instance = new();
    DO(grants_instance_stream(instance, 1, 987654));
    is_refused(instance, "`&987654`");
    struct rlimit unlimited, limit;
    CHECK(getrlimit(RLIMIT_AS, &unlimited) == 0);
    limit = unlimited;
    limit.rlim_cur = 1 << 30;
    instance = new();
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    is_refused(instance, "10 GiB");
    CHECK(setrlimit(RLIMIT_AS, &unlimited) == 0);
}

static void streams_are_those_given(void) {
    int pipes[2];
    int32_t error, count;
    char text[8] = "";
    CHECK(pipe(pipes) == 0);
    grants_instance *instance = new();
    DO(grants_instance_stream(instance, 0, -1));
    DO(grants_instance_stream(instance, 1, pipes[1]));
    DO(grants_instance_stream(instance, 2, -1));
    DO(grants_instance_start(instance));
    CHECK(close(pipes[1]) == 0);
    DO(grants_write(instance, 1, &error));
    CHECK(error == 0 && read(pipes[0], text, 8) == 6 && !strcmp(text, "hello\n"));
    DO(grants_read(instance, 0, &error, &count));
    CHECK(error == 0 && count == 0);
    DO(grants_write(instance, 2, &error));
    CHECK(error == 0);
    // The duplicate goes with the instance.
    grants_instance_free(instance);
    CHECK(read(pipes[0], text, 8) == 0 && close(pipes[0]) == 0);
    CHECK(fcntl(1, F_GETFD) != -1 && fcntl(2, F_GETFD) != -1);
}

static void nothing_of_the_process_is_passed_on(void) {
    int32_t result;
    char name[7] = "";
    CHECK(setenv("KILN_ENV", "NAME=value", 1) == 0 && setenv("KILN_DIRS", "/", 1) == 0);
    grants_instance *instance = new();
    DO(grants_instance_start(instance));
    DO(grants_variables(instance, &result));
    CHECK(result == 0);
    DO(grants_prestat(instance, 3, &result));
    CHECK(result == 8);
    DO(grants_name(instance, &result));
    DO(grants_instance_read(instance, result, name, 7));
    CHECK(!strcmp(name, "grants"));
    // SIGKILL would end the process.
    DO(grants_raise(instance, 9, &result));
    CHECK(result != 0);
    grants_instance_free(instance);
}

static void a_sealed_module_is_given_arguments_alone(void) {
    grants_instance *instance = new();
    DO(grants_instance_arg(instance, "argument"));
    CHECK(grants_instance_env(instance, "NAME", "value") == KILN_MISUSE);
    CHECK(strstr(grants_instance_message(instance), "sealed"));
    CHECK(grants_instance_dir(instance, "/", "/", 1) == KILN_MISUSE);
    CHECK(grants_instance_stream(instance, 1, -1) == KILN_MISUSE);
    DO(grants_instance_start(instance));
    grants_instance_free(instance);
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        a_sealed_module_is_given_arguments_alone();
        return 0;
    }
    nothing_makes_no_sense();
    what_is_not_to_be_had_is_named();
    streams_are_those_given();
    nothing_of_the_process_is_passed_on();
    return 0;
}
