// Frees an instance from the import that it calls.

#include "running.h"
#include "check.h"

void env_free(running_instance *instance) {
    running_instance_free(instance);
}

int main(void) {
    running_instance *instance;
    DO(running_instance_new(&instance));
    DO(running_instance_start(instance));
    running_run(instance);
    return 0;
}
