// What both files of imports have, and the linker is to keep once.

#include "cpp.h"

inline int &calls() {
    static int number = 0;
    return number;
}
