/* Heat in a plate: `run(sweeps)` of Jacobi's method over 256×256 points in f64, five points each; the sum of all heat. */
#include "ipvm.h"

#define SIDE 256

static double now[SIDE][SIDE], next[SIDE][SIDE];

static void sweep(double (*from)[SIDE], double (*to)[SIDE]) {
  for (u32 i = 1; i < SIDE - 1; i++)
    for (u32 j = 1; j < SIDE - 1; j++)
      to[i][j] = 0.25 * (from[i - 1][j] + from[i + 1][j] + from[i][j - 1] + from[i][j + 1]);
}

IPVM_EXPORT(run) double run(u32 sweeps) {
  for (u32 i = 0; i < SIDE; i++) {
    now[0][i] = next[0][i] = 100;
    now[i][0] = next[i][0] = (double)i / 4;
  }
  for (u32 s = 0; s < sweeps; s++) {
    sweep(now, next);
    sweep(next, now);
  }
  double sum = 0;
  for (u32 i = 0; i < SIDE; i++)
    for (u32 j = 0; j < SIDE; j++) sum += now[i][j];
  return sum;
}
