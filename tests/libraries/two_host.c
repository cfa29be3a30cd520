// Two libraries in one program, and a command of which one is made.

#include "abi.h"
#include "command.h"
#include "check.h"

int main(void) {
    abi_instance *reactor;
    command_instance *command;
    int64_t count;
    int32_t result;
    DO(abi_instance_new(&reactor));
    DO(command_instance_new(&command));
    DO(command_instance_arg(command, "one"));
    DO(abi_instance_start(reactor));
    DO(command_instance_start(command));
    CHECK(abi_load(reactor, -1, &result) == KILN_TRAP);
    CHECK(command__start(command) == KILN_EXIT);
    CHECK(command_instance_exit_code(command) == 2);
    CHECK(abi_load(reactor, -1, &result) == KILN_TRAP);
    CHECK(command_trap(command) == KILN_TRAP);
    DO(abi_count(reactor, &count));
    CHECK(count == 1);
    command_instance_free(command);
    abi_instance_free(reactor);
    return 0;
}
