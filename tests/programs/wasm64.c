// A freestanding program of 64-bit addresses, some beyond 4 GiB. It tells what it found by the
// status it ends with.
typedef unsigned long long u64;

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"), noreturn))
void proc_exit(int status);

enum { COUNT = 4096 };
static const u64 PAGE = 65536;
static u64 numbers[COUNT];

static u64 next(u64 state) { return state * 6364136223846793005ull + 1442695040888963407ull; }

static void sort(u64 *from, u64 *to) {
    while (from < to) {
        u64 pivot = from[(to - from) / 2], *low = from, *high = to;
        while (low <= high) {
            while (*low < pivot) low++;
            while (*high > pivot) high--;
            if (low > high) break;
            u64 kept = *low;
            *low++ = *high;
            *high-- = kept;
        }
        sort(from, high);
        from = low;
    }
}

static u64 twice(u64 value) { return value * 2; }
static u64 mixed(u64 value) { return value ^ value >> 29; }
static u64 (*volatile const steps[])(u64) = {next, twice, mixed};

static int sorted(void) {
    u64 state = 1;
    for (int i = 0; i < COUNT; i++) numbers[i] = state = next(state);
    sort(numbers, numbers + COUNT - 1);
    for (int i = 1; i < COUNT; i++)
        if (numbers[i - 1] > numbers[i]) return 0;
    return 1;
}

static int far(void) {
    u64 pages = (1ull << 32) / PAGE + 16;
    u64 old = __builtin_wasm_memory_grow(0, pages);
    if (old == ~0ull || __builtin_wasm_memory_size(0) != old + pages) return 0;
    volatile u64 *low = (u64 *)(old * PAGE), *high = (u64 *)((old + pages) * PAGE - 4096);
    for (int i = 0; i < 512; i++) high[i] = (u64)i * i;
    if (low[0] != 0 || low[511] != 0) return 0;
    __builtin_memcpy((void *)low, (void *)high, 4096);
    return low[511] == 511 * 511 && ((u64)high >> 32) == 1;
}

void _start(void) {
    if (!sorted()) proc_exit(1);
    if (!far()) proc_exit(2);
    u64 value = numbers[COUNT / 2];
    for (int i = 0; i < 1000; i++) value = steps[i % 3](value);
    proc_exit((int)(32 + value % 64));
}
