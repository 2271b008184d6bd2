/* Product of two 192×192 matrices of f32, four columns at a time, `run(times)` times; a weighted sum of it. */
#include "ipvm.h"

#define SIDE 192

typedef float Four __attribute__((vector_size(16)));

static float a[SIDE][SIDE];
static Four b[SIDE][SIDE / 4], c[SIDE][SIDE / 4];

static Four splat(float x) { return (Four){x, x, x, x}; }

static void multiply(void) {
  for (u32 i = 0; i < SIDE; i++)
    for (u32 j = 0; j < SIDE / 4; j += 2) {
      Four low = splat(0), high = splat(0);
      for (u32 k = 0; k < SIDE; k++) {
        Four factor = splat(a[i][k]);
        low += factor * b[k][j];
        high += factor * b[k][j + 1];
      }
      c[i][j] = low, c[i][j + 1] = high;
    }
}

IPVM_EXPORT(run) float run(u32 times) {
  for (u32 i = 0; i < SIDE; i++)
    for (u32 j = 0; j < SIDE; j++) {
      a[i][j] = (float)((i * 31 + j * 17) % 97) / 8 - 6;
      ((float *)b[i])[j] = (float)((i * 13 + j * 29) % 89) / 8 - 5;
    }
  float sum = 0;
  for (u32 t = 0; t < times; t++) {
    multiply();
    for (u32 i = 0; i < SIDE; i++) sum += ((const float *)c[i])[(i + t) % SIDE] / (float)(1 + i), a[i][0] += 0.125f;
  }
  return sum;
}
