// Stencils, data mining, dynamic programming and image filters.

static void correlation(void) {
    ALL(j) {
        p[j] = q[j] = 0;
        ALL(i) p[j] += A[i][j];
        p[j] /= N;
        ALL(i) q[j] += (A[i][j] - p[j]) * (A[i][j] - p[j]);
        q[j] = sqrt(q[j] / N);
        q[j] = q[j] <= 0.1 ? 1 : q[j];
    }
    ALL(i) ALL(j) A[i][j] = (A[i][j] - p[j]) / (sqrt(N) * q[j]);
    FOR(i, 0, N - 1) {
        C[i][i] = 1;
        FOR(j, i + 1, N) {
            C[i][j] = 0;
            ALL(k) C[i][j] += A[k][i] * A[k][j];
            C[j][i] = C[i][j];
        }
    }
}

static void covariance(void) {
    ALL(j) {
        p[j] = 0;
        ALL(i) p[j] += A[i][j];
        p[j] /= N;
    }
    ALL(i) ALL(j) A[i][j] -= p[j];
    ALL(i) FOR(j, i, N) {
        C[i][j] = 0;
        ALL(k) C[i][j] += A[k][i] * A[k][j];
        C[i][j] /= N - 1;
        C[j][i] = C[i][j];
    }
}

static void floyd_warshall(void) {
    ALL(k) ALL(i) ALL(j) {
        double way = A[i][k] + A[k][j];
        A[i][j] = A[i][j] < way ? A[i][j] : way;
    }
}

static int bond(int a, int b) { return a + b == 3; }
static int larger(int a, int b) { return a > b ? a : b; }

static void nussinov(void) {
    static int table[N][N], bases[N];
    ALL(i) bases[i] = (i * i + 1) % 4;
    memset(table, 0, sizeof table);
    for (int i = N - 1; i >= 0; i--)
        FOR(j, i + 1, N) {
            table[i][j] = larger(table[i][j], table[i][j - 1]);
            if (i + 1 < N) {
                table[i][j] = larger(table[i][j], table[i + 1][j]);
                int pair = i < j - 1 ? bond(bases[i], bases[j]) : 0;
                table[i][j] = larger(table[i][j], table[i + 1][j - 1] + pair);
            }
            FOR(k, i + 1, j) table[i][j] = larger(table[i][j], table[i][k] + table[k + 1][j]);
        }
    p[0] = table[0][N - 1];
}

// The recursive filter of Deriche, along rows and then along columns.
static void deriche(void) {
    const double k = (1 - exp(-0.25)) * (1 - exp(-0.25)) / (1 + 0.5 * exp(-0.25) - exp(-0.5));
    const double a1 = k, a2 = k * exp(-0.25) * -0.75, a3 = k * exp(-0.25) * 1.25, a4 = -k * exp(-0.5);
    const double b1 = pow(2, -0.25), b2 = -exp(-0.5);
    ALL(i) {
        double before = 0, y1 = 0, y2 = 0;
        ALL(j) {
            B[i][j] = a1 * A[i][j] + a2 * before + b1 * y1 + b2 * y2;
            before = A[i][j];
            y2 = y1;
            y1 = B[i][j];
        }
        double x1 = 0, x2 = 0;
        y1 = y2 = 0;
        for (int j = N - 1; j >= 0; j--) {
            C[i][j] = a3 * x1 + a4 * x2 + b1 * y1 + b2 * y2;
            x2 = x1;
            x1 = A[i][j];
            y2 = y1;
            y1 = C[i][j];
        }
        ALL(j) D[i][j] = B[i][j] + C[i][j];
    }
    ALL(j) {
        double before = 0, y1 = 0, y2 = 0;
        ALL(i) {
            B[i][j] = a1 * D[i][j] + a2 * before + b1 * y1 + b2 * y2;
            before = D[i][j];
            y2 = y1;
            y1 = B[i][j];
        }
        double x1 = 0, x2 = 0;
        y1 = y2 = 0;
        for (int i = N - 1; i >= 0; i--) {
            C[i][j] = a3 * x1 + a4 * x2 + b1 * y1 + b2 * y2;
            x2 = x1;
            x1 = D[i][j];
            y2 = y1;
            y1 = C[i][j];
        }
        ALL(i) E[i][j] = B[i][j] + C[i][j];
    }
}

// One half step of the alternating direction implicit method: it solves along the rows of `to`.
static void sweep(matrix to, matrix from, double a, double b, double f, int transposed) {
    FOR(i, 1, N - 1) {
        C[i][0] = 0;
        D[i][0] = 1;
        FOR(j, 1, N - 1) {
            double middle = transposed ? from[j][i] : from[i][j];
            double low = transposed ? from[j][i - 1] : from[i - 1][j];
            double high = transposed ? from[j][i + 1] : from[i + 1][j];
            C[i][j] = -a / (a * C[i][j - 1] + b);
            D[i][j] = (-f * low + (1 + 2 * f) * middle - f * high - a * D[i][j - 1]) / (a * C[i][j - 1] + b);
        }
        to[i][N - 1] = 1;
        for (int j = N - 2; j > 0; j--)
            to[i][j] = C[i][j] * to[i][j + 1] + D[i][j];
    }
}

static void adi(void) {
    const double step = (double)STEPS / N, a = -step, b = 1 + 2 * step;
    FOR(t, 0, STEPS / 4) {
        sweep(B, A, a, b, a / 2, 1);
        sweep(A, B, a, b, a / 2, 0);
    }
}

static void fdtd_2d(void) {
    FOR(t, 0, STEPS) {
        ALL(j) B[0][j] = t;
        FOR(i, 1, N) ALL(j) B[i][j] -= 0.5 * (C[i][j] - C[i - 1][j]);
        ALL(i) FOR(j, 1, N) A[i][j] -= 0.5 * (C[i][j] - C[i][j - 1]);
        FOR(i, 0, N - 1) FOR(j, 0, N - 1)
            C[i][j] -= 0.7 * (A[i][j + 1] - A[i][j] + B[i + 1][j] - B[i][j]);
    }
}

enum { SIDE = 46 };
typedef double cube[SIDE][SIDE][SIDE];

static void heat(cube to, cube from) {
    FOR(i, 1, SIDE - 1) FOR(j, 1, SIDE - 1) FOR(k, 1, SIDE - 1)
        to[i][j][k] = 0.125 * (from[i + 1][j][k] - 2 * from[i][j][k] + from[i - 1][j][k])
                    + 0.125 * (from[i][j + 1][k] - 2 * from[i][j][k] + from[i][j - 1][k])
                    + 0.125 * (from[i][j][k + 1] - 2 * from[i][j][k] + from[i][j][k - 1]) + from[i][j][k];
}

// Cubes of 46 x 46 x 46, which the matrices A and B have room for.
static void heat_3d(void) {
    FOR(t, 0, STEPS) {
        heat((void *)B, (void *)A);
        heat((void *)A, (void *)B);
    }
}

static void jacobi_1d(void) {
    FOR(t, 0, 100 * STEPS) {
        FOR(i, 1, N - 1) p[i] = 0.33333 * (r[i - 1] + r[i] + r[i + 1]);
        FOR(i, 1, N - 1) r[i] = 0.33333 * (p[i - 1] + p[i] + p[i + 1]);
    }
}

static void jacobi(matrix to, matrix from) {
    FOR(i, 1, N - 1) FOR(j, 1, N - 1)
        to[i][j] = 0.2 * (from[i][j] + from[i][j - 1] + from[i][j + 1] + from[i + 1][j] + from[i - 1][j]);
}

static void jacobi_2d(void) {
    FOR(t, 0, STEPS) {
        jacobi(B, A);
        jacobi(A, B);
    }
}

static void seidel_2d(void) {
    FOR(t, 0, STEPS) FOR(i, 1, N - 1) FOR(j, 1, N - 1)
        A[i][j] = (A[i - 1][j - 1] + A[i - 1][j] + A[i - 1][j + 1] + A[i][j - 1] + A[i][j] + A[i][j + 1]
                 + A[i + 1][j - 1] + A[i + 1][j] + A[i + 1][j + 1]) / 9;
}

int main(int argc, char **argv) {
    static const kernel kernels[] = {
        {"adi", adi, 1},
        {"correlation", correlation, 1},
        {"covariance", covariance, 1},
        {"deriche", deriche, 0},
        {"fdtd-2d", fdtd_2d, 1},
        {"floyd-warshall", floyd_warshall, 1},
        {"heat-3d", heat_3d, 0},
        {"jacobi-1d", jacobi_1d, 0},
        {"jacobi-2d", jacobi_2d, 0},
        {"nussinov", nussinov, 0},
        {"seidel-2d", seidel_2d, 0},
    };
    return polybench(kernels, sizeof kernels / sizeof *kernels, argc, argv);
}
