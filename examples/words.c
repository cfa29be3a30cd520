// A reactor: functions for others to call. See "words.c" in README.md.

#include <stdint.h>
#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(#name))) name

// A caller puts its text here, since the module sees no memory but its own.
char *EXPORT(reserve)(int32_t len) { return malloc(len); }

void EXPORT(release)(char *text) { free(text); }

int32_t EXPORT(count)(const char *text, int32_t len) {
    int32_t words = 0;
    char before = ' ';
    for (int32_t i = 0; i < len; before = text[i++])
        words += before == ' ' && text[i] != ' ';
    return words;
}
