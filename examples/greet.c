/* Greets whoever its arguments name, in the words of the environment variable GREETING. */

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    const char *greeting = getenv("GREETING");
    if (argc < 2) {
        fprintf(stderr, "usage: %s NAME...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        printf("%s, %s!\n", greeting ? greeting : "Hello", argv[i]);
    return 0;
}
