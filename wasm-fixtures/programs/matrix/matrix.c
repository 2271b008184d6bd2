/*
 * Floating point in f64, numbers in and numbers out.
 *
 *   multiply(n)     trace and weighted sum of A·B for n×n matrices filled by formula, 1 ≤ n ≤ 128
 *   determinant(n)  of a filled n×n matrix, by elimination with pivots
 *   nbody(steps)    total energy of five bodies after so many leapfrog steps of 1/128
 */
#include "../ipvm.h"

#define MOST 128

static double a[MOST][MOST], b[MOST][MOST], c[MOST][MOST];

static double entry(i32 i, i32 j, i32 seed) { return (double)((i * 31 + j * 17 + seed * 7) % 97) / 8.0 - 6.0; }

static i32 clamp(i32 n) { return n < 1 ? 1 : n > MOST ? MOST : n; }

IPVM_EXPORT(multiply) double multiply(i32 n) {
  n = clamp(n);
  for (i32 i = 0; i < n; i++)
    for (i32 j = 0; j < n; j++) a[i][j] = entry(i, j, 1) / 3.0, b[i][j] = entry(i, j, 2) / 7.0, c[i][j] = 0;
  for (i32 i = 0; i < n; i++)
    for (i32 k = 0; k < n; k++)
      for (i32 j = 0; j < n; j++) c[i][j] += a[i][k] * b[k][j];
  double sum = 0;
  for (i32 i = 0; i < n; i++)
    for (i32 j = 0; j < n; j++) sum += c[i][j] * (i == j ? 1.0 : 1.0 / (double)(2 + i + j));
  return sum;
}

IPVM_EXPORT(determinant) double determinant(i32 n) {
  n = clamp(n);
  for (i32 i = 0; i < n; i++)
    for (i32 j = 0; j < n; j++) a[i][j] = entry(i, j, i * j % 5) / 5.0 + (i == j ? 3.0 : 0.0);
  double product = 1;
  for (i32 k = 0; k < n; k++) {
    i32 pivot = k;
    for (i32 i = k + 1; i < n; i++)
      if (__builtin_fabs(a[i][k]) > __builtin_fabs(a[pivot][k])) pivot = i;
    if (a[pivot][k] == 0) return 0;
    if (pivot != k) {
      for (i32 j = 0; j < n; j++) {
        double swap = a[k][j];
        a[k][j] = a[pivot][j], a[pivot][j] = swap;
      }
      product = -product;
    }
    product *= a[k][k];
    for (i32 i = k + 1; i < n; i++) {
      double factor = a[i][k] / a[k][k];
      for (i32 j = k; j < n; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return product;
}

typedef struct {
  double at[3], speed[3], mass;
} Body;

static Body bodies[5] = {
    {{0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, 40.0},       {{1.5, 0.0, 0.25}, {0.0, 5.0, 0.125}, 0.0625},
    {{-3.0, 0.5, 0.0}, {0.5, -3.5, 0.0}, 0.125},    {{0.0, 5.25, -0.5}, {-2.75, 0.25, 0.0}, 0.5},
    {{-4.0, -6.5, 0.75}, {1.75, -1.25, -0.0625}, 0.03125},
};

static double distance2(const Body *p, const Body *q) {
  double sum = 0;
  for (i32 d = 0; d < 3; d++) sum += (p->at[d] - q->at[d]) * (p->at[d] - q->at[d]);
  return sum;
}

static void pull(double time) {
  for (i32 i = 0; i < 5; i++) {
    for (i32 j = i + 1; j < 5; j++) {
      Body *p = &bodies[i], *q = &bodies[j];
      double square = distance2(p, q) + 0.0001;
      double strength = time / (square * __builtin_sqrt(square));
      for (i32 d = 0; d < 3; d++) {
        double along = (q->at[d] - p->at[d]) * strength;
        p->speed[d] += along * q->mass;
        q->speed[d] -= along * p->mass;
      }
    }
  }
}

IPVM_EXPORT(nbody) double nbody(i32 steps) {
  const double step = 1.0 / 128.0;
  for (i32 s = 0; s < steps; s++) {
    pull(step / 2);
    for (i32 i = 0; i < 5; i++)
      for (i32 d = 0; d < 3; d++) bodies[i].at[d] += bodies[i].speed[d] * step;
    pull(step / 2);
  }
  double energy = 0;
  for (i32 i = 0; i < 5; i++) {
    const double *v = bodies[i].speed;
    energy += bodies[i].mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) / 2;
    for (i32 j = i + 1; j < 5; j++)
      energy -= bodies[i].mass * bodies[j].mass / __builtin_sqrt(distance2(&bodies[i], &bodies[j]) + 0.0001);
  }
  return energy;
}
