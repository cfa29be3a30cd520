// A reactor in C: what reactor_host.c and reactor_host.rs ask of it.

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXPORT(name) __attribute__((export_name(#name))) name

static int calls;
static int initialized;

__attribute__((constructor)) static void initialize(void) { initialized = 1; }

char *EXPORT(allocate)(int32_t len) { return malloc(len); }

int32_t EXPORT(count)(void) { return initialized ? ++calls : -1; }

int32_t EXPORT(shout)(char *text, int32_t len) {
    int32_t letters = 0;
    for (int32_t i = 0; i < len; i++) {
        letters += isalpha((unsigned char)text[i]) != 0;
        text[i] = toupper((unsigned char)text[i]);
    }
    return letters;
}

int64_t EXPORT(file_size)(const char *name, int32_t len) {
    char *path = strndup(name, len);
    struct stat status;
    int64_t size = stat(path, &status) == 0 ? status.st_size : -1;
    free(path);
    return size;
}

int32_t EXPORT(variable_length)(const char *name, int32_t len) {
    char *variable = strndup(name, len);
    const char *value = getenv(variable);
    free(variable);
    return value ? (int32_t)strlen(value) : -1;
}

void EXPORT(say)(const char *text, int32_t len) {
    printf("%.*s\n", (int)len, text);
    fflush(stdout);
}

double EXPORT(half)(double number) { return number / 2; }

void EXPORT(quit)(int32_t code) { exit(code); }
