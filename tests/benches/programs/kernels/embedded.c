// Kernels as CoreMark has them, written anew: a linked list, matrices of 16-bit numbers, a state machine
// that reads numbers, a checksum bit by bit.

enum { NODES = 400, SIDE = 60 };

static u16 crc16(u16 value, u16 crc) {
    FOR(bit, 0, 16) {
        int carry = (value ^ crc) & 1;
        value >>= 1;
        crc >>= 1;
        if (carry)
            crc ^= 0xa001;
    }
    return crc;
}

static void crc(void) {
    u16 sum = (u16)(state[0] | state[1] << 8);
    FOR(i, 0, (int)sizeof text) sum = crc16(text[i], sum);
    state[0] = (u8)sum;
    state[1] = (u8)(sum >> 8);
}

typedef struct node {
    struct node *next;
    short value, place;
} node;

static node nodes[NODES];

static int by_value(const node *a, const node *b) { return a->value - b->value; }
static int by_place(const node *a, const node *b) { return a->place - b->place; }

// Merges runs of twice the length each time around, without recursion.
static node *sort(node *list, int (*compare)(const node *, const node *)) {
    for (int length = 1;; length *= 2) {
        node *rest = list, *last = NULL;
        int merges = 0;
        list = NULL;
        while (rest) {
            node *left = rest;
            int lefts = 0, rights = length;
            merges++;
            while (lefts < length && rest) {
                lefts++;
                rest = rest->next;
            }
            while (lefts > 0 || (rights > 0 && rest)) {
                node *taken;
                if (lefts > 0 && (rights == 0 || !rest || compare(left, rest) <= 0)) {
                    taken = left;
                    left = left->next;
                    lefts--;
                } else {
                    taken = rest;
                    rest = rest->next;
                    rights--;
                }
                if (last)
                    last->next = taken;
                else
                    list = taken;
                last = taken;
            }
        }
        last->next = NULL;
        if (merges <= 1)
            return list;
    }
}

static node *reverse(node *list) {
    node *reversed = NULL;
    while (list) {
        node *next = list->next;
        list->next = reversed;
        reversed = list;
        list = next;
    }
    return reversed;
}

static void list(void) {
    FOR(i, 0, NODES) {
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : NULL;
        nodes[i].value = (short)((i * 7919 + state[0]) & 0x3ff);
        nodes[i].place = (short)i;
    }
    node *head = sort(nodes, by_value);
    u16 sum = 0;
    FOR(wanted, 0, 60) {
        head = reverse(head);
        node *found = head;
        while (found && found->value != wanted * 17)
            found = found->next;
        sum = crc16((u16)(found ? found->place : -1), sum);
    }
    head = sort(head, by_place);
    for (node *at = head; at; at = at->next) sum = crc16((u16)at->value, sum);
    state[0] = (u8)sum;
    state[1] = (u8)(sum >> 8);
}

static short left[SIDE][SIDE], right[SIDE][SIDE];
static int product[SIDE][SIDE];

static void matrix(void) {
    short seed = (short)(state[0] + 1);
    FOR(i, 0, SIDE) FOR(j, 0, SIDE) {
        seed = (short)(seed * 31 + i + j);
        right[i][j] = seed & 0xff;
        left[i][j] = (short)(right[i][j] + i);
    }
    u16 sum = 0;
    FOR(i, 0, SIDE) FOR(j, 0, SIDE) left[i][j] += (short)(state[1] & 15);
    FOR(i, 0, SIDE) FOR(j, 0, SIDE) product[i][j] = left[i][j] * 3;
    FOR(i, 0, SIDE) {
        int row = 0;
        FOR(j, 0, SIDE) row += left[i][j] * right[0][j];
        sum = crc16((u16)row, sum);
    }
    FOR(i, 0, SIDE) FOR(j, 0, SIDE) {
        int cell = 0;
        FOR(k, 0, SIDE) cell += left[i][k] * right[k][j];
        product[i][j] += cell;
    }
    FOR(i, 0, SIDE) FOR(j, 0, SIDE) {
        int bits = 0;
        FOR(k, 0, SIDE) {
            int cell = left[i][k] * right[k][j];
            bits += ((cell >> 2) & 15) * ((cell >> 5) & 127);
        }
        product[i][j] ^= bits;
    }
    int total = 0, previous = 0;
    FOR(i, 0, SIDE) FOR(j, 0, SIDE) {
        total += product[i][j] > previous ? 10 : product[i][j] & 7;
        previous = product[i][j];
    }
    sum = crc16((u16)total, sum);
    state[0] = (u8)sum;
    state[1] = (u8)(sum >> 8);
}

enum { START, INVALID, SIGN, INTEGER, POINT, EXPONENT, SCIENTIFIC, STATES };

static int next_state(int current, u8 c) {
    int digit = c >= '0' && c <= '9';
    switch (current) {
    case START:
        return digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
    case SIGN:
        return digit ? INTEGER : c == '.' ? POINT : INVALID;
    case INTEGER:
        return digit ? INTEGER : c == '.' ? POINT : c == 'e' || c == 'E' ? EXPONENT : INVALID;
    case POINT:
        return digit ? POINT : c == 'e' || c == 'E' ? EXPONENT : INVALID;
    case EXPONENT:
        return digit || c == '+' || c == '-' ? SCIENTIFIC : INVALID;
    case SCIENTIFIC:
        return digit ? SCIENTIFIC : INVALID;
    default:
        return INVALID;
    }
}

static void machine(void) {
    u32 ends[STATES] = {0}, steps[STATES] = {0};
    int current = START;
    text[state[0]] ^= 1;
    FOR(i, 0, (int)sizeof text) {
        if (text[i] == ',' || text[i] == ';' || text[i] == ' ') {
            ends[current]++;
            current = START;
            continue;
        }
        int next = next_state(current, text[i]);
        steps[current] += next != current;
        current = next;
    }
    u16 sum = 0;
    FOR(i, 0, STATES) sum = crc16((u16)ends[i], crc16((u16)steps[i], sum));
    state[0] = (u8)sum;
    state[1] = (u8)(sum >> 8);
}

int main(int argc, char **argv) {
    static const kernel kernels[] = {{"crc", crc}, {"list", list}, {"matrix", matrix}, {"machine", machine}};
    return run_kernel(kernels, sizeof kernels / sizeof *kernels, argc, argv);
}
