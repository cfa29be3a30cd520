// Counts the words of each argument by the library that Kiln makes of words.c.

#include "words.h"
#include <stdio.h>
#include <string.h>

static uint32_t count(words_instance *words, const char *text, int32_t *number) {
    int32_t len = strlen(text), address;
    uint32_t status = words_reserve(words, len, &address);
    if (status == KILN_OK)
        status = words_instance_write(words, (uint32_t)address, text, len);
    if (status == KILN_OK)
        status = words_count(words, address, len, number);
    if (status == KILN_OK)
        status = words_release(words, address);
    return status;
}

int main(int argc, char **argv) {
    words_instance *words;
    uint32_t status = words_instance_new(&words);
    if (status == KILN_OK)
        status = words_instance_start(words);
    for (int i = 1; i < argc && status == KILN_OK; i++) {
        int32_t number;
        status = count(words, argv[i], &number);
        if (status == KILN_OK)
            printf("%d: %s\n", number, argv[i]);
    }
    if (status != KILN_OK)
        fprintf(stderr, "%s\n", words_instance_message(words));
    words_instance_free(words);
    return status != KILN_OK;
}
