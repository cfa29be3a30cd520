// Linear algebra: BLAS, products of matrices and vectors, and solvers.

static void gemm(void) {
    ALL(i) {
        ALL(j) C[i][j] *= beta;
        ALL(k) ALL(j) C[i][j] += alpha * A[i][k] * B[k][j];
    }
}

static void gemver(void) {
    ALL(i) ALL(j) A[i][j] += r[i] * s[j] + u[i] * v[j];
    ALL(i) ALL(j) x[i] += beta * A[j][i] * y[j];
    ALL(i) x[i] += z[i];
    ALL(i) ALL(j) w[i] += alpha * A[i][j] * x[j];
}

static void gesummv(void) {
    ALL(i) {
        p[i] = y[i] = 0;
        ALL(j) {
            p[i] += A[i][j] * x[j];
            y[i] += B[i][j] * x[j];
        }
        y[i] = alpha * p[i] + beta * y[i];
    }
}

static void symm(void) {
    ALL(i) ALL(j) {
        double sum = 0;
        FOR(k, 0, i) {
            C[k][j] += alpha * B[i][j] * A[i][k];
            sum += B[k][j] * A[i][k];
        }
        C[i][j] = beta * C[i][j] + alpha * B[i][j] * A[i][i] + alpha * sum;
    }
}

static void syr2k(void) {
    ALL(i) {
        FOR(j, 0, i + 1) C[i][j] *= beta;
        ALL(k) FOR(j, 0, i + 1) C[i][j] += A[j][k] * alpha * B[i][k] + B[j][k] * alpha * A[i][k];
    }
}

static void syrk(void) {
    ALL(i) {
        FOR(j, 0, i + 1) C[i][j] *= beta;
        ALL(k) FOR(j, 0, i + 1) C[i][j] += alpha * A[i][k] * A[j][k];
    }
}

static void trmm(void) {
    ALL(i) ALL(j) {
        FOR(k, i + 1, N) B[i][j] += A[k][i] * B[k][j];
        B[i][j] *= alpha;
    }
}

static void mul(matrix to, double factor, matrix a, matrix b) {
    ALL(i) ALL(j) {
        to[i][j] = 0;
        ALL(k) to[i][j] += factor * a[i][k] * b[k][j];
    }
}

static void two_mm(void) {
    mul(E, alpha, A, B);
    ALL(i) ALL(j) {
        D[i][j] *= beta;
        ALL(k) D[i][j] += E[i][k] * C[k][j];
    }
}

static void three_mm(void) {
    mul(E, 1, A, B);
    mul(F, 1, C, D);
    mul(G, 1, E, F);
}

static void atax(void) {
    ALL(i) y[i] = 0;
    ALL(i) {
        p[i] = 0;
        ALL(j) p[i] += A[i][j] * x[j];
        ALL(j) y[j] += A[i][j] * p[i];
    }
}

static void bicg(void) {
    ALL(i) s[i] = 0;
    ALL(i) {
        q[i] = 0;
        ALL(j) {
            s[j] += r[i] * A[i][j];
            q[i] += A[i][j] * p[j];
        }
    }
}

// A cube of 32 x 32 x 40, which the matrix E has room for.
static void doitgen(void) {
    double(*cube)[32][40] = (void *)E;
    FOR(a, 0, 32) FOR(b, 0, 32) {
        FOR(c, 0, 40) {
            p[c] = 0;
            FOR(d, 0, 40) p[c] += cube[a][b][d] * A[d][c];
        }
        FOR(c, 0, 40) cube[a][b][c] = p[c] / 20; // so that repeating it does not overflow
    }
}

static void mvt(void) {
    ALL(i) ALL(j) x[i] += A[i][j] * y[j];
    ALL(i) ALL(j) z[i] += A[j][i] * w[j];
}

static void cholesky(void) {
    fill_definite();
    ALL(i) {
        FOR(j, 0, i) {
            FOR(k, 0, j) A[i][j] -= A[i][k] * A[j][k];
            A[i][j] /= A[j][j];
        }
        FOR(k, 0, i) A[i][i] -= A[i][k] * A[i][k];
        A[i][i] = sqrt(A[i][i]);
    }
}

static void durbin(void) {
    double b = 1, a = -r[0];
    y[0] = -r[0];
    FOR(k, 1, N) {
        double sum = 0;
        b *= 1 - a * a;
        FOR(i, 0, k) sum += r[k - i - 1] * y[i];
        a = -(r[k] + sum) / b;
        FOR(i, 0, k) z[i] = y[i] + a * y[k - i - 1];
        FOR(i, 0, k) y[i] = z[i];
        y[k] = a;
    }
}

static void gramschmidt(void) {
    fill_definite();
    ALL(k) {
        double norm = 0;
        ALL(i) norm += A[i][k] * A[i][k];
        C[k][k] = sqrt(norm);
        ALL(i) B[i][k] = A[i][k] / C[k][k];
        FOR(j, k + 1, N) {
            C[k][j] = 0;
            ALL(i) C[k][j] += B[i][k] * A[i][j];
            ALL(i) A[i][j] -= B[i][k] * C[k][j];
        }
    }
}

static void lu(void) {
    fill_definite();
    ALL(i) {
        FOR(j, 0, i) {
            FOR(k, 0, j) A[i][j] -= A[i][k] * A[k][j];
            A[i][j] /= A[j][j];
        }
        FOR(j, i, N) FOR(k, 0, i) A[i][j] -= A[i][k] * A[k][j];
    }
}

static void ludcmp(void) {
    fill_definite();
    ALL(i) {
        FOR(j, 0, i) {
            double sum = A[i][j];
            FOR(k, 0, j) sum -= A[i][k] * A[k][j];
            A[i][j] = sum / A[j][j];
        }
        FOR(j, i, N) {
            double sum = A[i][j];
            FOR(k, 0, i) sum -= A[i][k] * A[k][j];
            A[i][j] = sum;
        }
    }
    ALL(i) {
        double sum = r[i];
        FOR(j, 0, i) sum -= A[i][j] * y[j];
        y[i] = sum;
    }
    for (int i = N - 1; i >= 0; i--) {
        double sum = y[i];
        FOR(j, i + 1, N) sum -= A[i][j] * x[j];
        x[i] = sum / A[i][i];
    }
}

static void trisolv(void) {
    ALL(i) {
        x[i] = r[i];
        FOR(j, 0, i) x[i] -= A[i][j] / N * x[j];
        x[i] /= A[i][i] + 2;
    }
}

int main(int argc, char **argv) {
    static const kernel kernels[] = {
        {"2mm", two_mm, 1},       {"3mm", three_mm, 0},         {"atax", atax, 0},
        {"bicg", bicg, 0},        {"cholesky", cholesky, 0},    {"doitgen", doitgen, 0},
        {"durbin", durbin, 0},    {"gemm", gemm, 1},            {"gemver", gemver, 0},
        {"gesummv", gesummv, 0},  {"gramschmidt", gramschmidt, 0}, {"lu", lu, 0},
        {"ludcmp", ludcmp, 0},    {"mvt", mvt, 0},              {"symm", symm, 1},
        {"syr2k", syr2k, 1},      {"syrk", syrk, 1},            {"trisolv", trisolv, 0},
        {"trmm", trmm, 1},
    };
    return polybench(kernels, sizeof kernels / sizeof *kernels, argc, argv);
}
