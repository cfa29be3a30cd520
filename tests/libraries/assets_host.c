// Two instances read one embedded file, each from where it was; a directory given to a third under the
// embedded one's name takes its place. The argument is that directory.

#include "assets.h"
#include "check.h"

static int32_t next(assets_instance *instance) {
    int32_t byte;
    DO(assets_next(instance, &byte));
    return byte;
}

static assets_instance *started(const char *dir) {
    assets_instance *instance;
    int32_t error;
    DO(assets_instance_new(&instance));
    if (dir)
        DO(assets_instance_dir(instance, dir, "/assets", 1));
    DO(assets_instance_start(instance));
    DO(assets_open(instance, &error));
    CHECK(error == 0);
    return instance;
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    assets_instance *one = started(NULL), *two = started(NULL);
    CHECK(next(one) == 'a' && next(one) == 'b');
    CHECK(next(two) == 'a');
    CHECK(next(one) == -1 && next(one) == -1);
    assets_instance_free(one);
    CHECK(next(two) == 'b' && next(two) == -1);
    assets_instance_free(two);
    assets_instance *other = started(arguments[1]);
    CHECK(next(other) == 'x' && next(other) == -1);
    assets_instance_free(other);
    return 0;
}
