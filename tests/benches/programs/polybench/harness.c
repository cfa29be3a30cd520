// What the kernels share. They are those of PolyBench/C (double precision, its loops in its order),
// written anew over matrices of one size. `polybench KERNEL TIMES` runs one and prints a checksum.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 320, STEPS = 40 };
typedef double matrix[N][N], vector[N];

static matrix A, B, C, D, E, F, G;
static vector p, q, r, s, u, v, w, x, y, z;
static const double alpha = 1.5, beta = 1.2;

#define FOR(i, from, to) for (int i = from; i < to; i++)
#define ALL(i) FOR(i, 0, N)

typedef struct {
    const char *name;
    void (*run)(void);
    // The kernel works in place, so that it needs fresh data each time.
    int in_place;
} kernel;

static void fill(void) {
    ALL(i) {
        p[i] = q[i] = 0;
        r[i] = (double)(i + 3) / N;
        s[i] = (double)(N - i) / (2 * N);
        u[i] = (double)(i % 17) / 9;
        v[i] = (double)(i % 13) / 8;
        w[i] = (double)(i % 7) / 5;
        x[i] = y[i] = z[i] = (double)(i % 11) / 4;
        ALL(j) {
            A[i][j] = (double)((i * 7 + j * 13 + 1) % N) / N;
            B[i][j] = (double)((i * 3 + j * 5 + 2) % N) / N;
            C[i][j] = (double)((i * 11 + j * 2 + 3) % N) / N;
            D[i][j] = E[i][j] = F[i][j] = G[i][j] = (double)((i + j * 4) % N) / N;
        }
    }
}

// Symmetric and positive definite, as factorisations want it.
static void fill_definite(void) {
    ALL(i) ALL(j) A[i][j] = i == j ? 2.0 * N : (double)((i * j) % 19) / 19;
}

static double checksum(void) {
    double sum = 0;
    const matrix *matrices[] = {&A, &B, &C, &D, &E, &F, &G};
    const vector *vectors[] = {&p, &q, &r, &s, &u, &v, &w, &x, &y, &z};
    FOR(m, 0, 7) ALL(i) ALL(j) sum += (*matrices[m])[i][j] * (1 + (i * 5 + j + m) % 3);
    FOR(m, 0, 10) ALL(i) sum += (*vectors[m])[i] * (1 + (i + m) % 3);
    return sum;
}

static int polybench(const kernel *kernels, int count, int argc, char **argv) {
    FOR(k, 0, count) {
        if (argc != 3 || strcmp(kernels[k].name, argv[1]))
            continue;
        fill();
        FOR(time, 0, atoi(argv[2])) {
            if (kernels[k].in_place && time > 0)
                fill();
            kernels[k].run();
        }
        printf("%s %.12e\n", argv[1], checksum());
        return 0;
    }
    fprintf(stderr, "usage: polybench KERNEL TIMES\n");
    return 2;
}
