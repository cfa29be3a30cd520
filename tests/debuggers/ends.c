// A function whose variables no code needs once it has called what never returns.

#include <stdlib.h>

_Noreturn static void end(int code) {
    exit(code); // in end
}

int main(void) {
    int prices[2] = {30, 5};
    int code = prices[0] - 30;
    if (code != 0) {
        return code;
    }
    end(code);
}
