/*
 * Fast Fourier transform in f64: `run(times)` transforms 4 096 points forth and back so many times and answers with a
 * weighted sum of what is left. Radix 2 and in place; the roots of unity come from halved angles, so that no sine is needed.
 */
#include "ipvm.h"

#define BITS 12
#define POINTS (1 << BITS)

static double re[POINTS], im[POINTS], root_re[BITS + 1], root_im[BITS + 1];

static void make_roots(void) {
  /* root[k] is the 2^k-th root of unity with the smallest angle. */
  root_re[0] = 1, root_re[1] = -1;
  for (u32 k = 2; k <= BITS; k++) {
    root_re[k] = __builtin_sqrt((1 + root_re[k - 1]) / 2);
    root_im[k] = k == 2 ? 1 : root_im[k - 1] / (2 * root_re[k]);
  }
}

static void reverse_bits(void) {
  for (u32 i = 0, j = 0; i < POINTS; i++) {
    if (i < j) {
      double x = re[i], y = im[i];
      re[i] = re[j], im[i] = im[j], re[j] = x, im[j] = y;
    }
    u32 bit = POINTS >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
  }
}

static void transform(double sign) {
  reverse_bits();
  for (u32 k = 1; k <= BITS; k++) {
    u32 half = 1u << (k - 1);
    double step_re = root_re[k], step_im = sign * root_im[k];
    for (u32 start = 0; start < POINTS; start += 2 * half) {
      double w_re = 1, w_im = 0;
      for (u32 i = start; i < start + half; i++) {
        double x = re[i + half] * w_re - im[i + half] * w_im, y = re[i + half] * w_im + im[i + half] * w_re;
        re[i + half] = re[i] - x, im[i + half] = im[i] - y;
        re[i] += x, im[i] += y;
        double next = w_re * step_re - w_im * step_im;
        w_im = w_re * step_im + w_im * step_re, w_re = next;
      }
    }
  }
}

IPVM_EXPORT(run) double run(u32 times) {
  make_roots();
  for (u32 i = 0; i < POINTS; i++) re[i] = (double)(i * 37 % 101) / 10 - 5, im[i] = (double)(i * 53 % 89) / 9 - 4;
  for (u32 t = 0; t < times; t++) {
    transform(1);
    transform(-1);
    for (u32 i = 0; i < POINTS; i++) re[i] /= POINTS, im[i] /= POINTS;
  }
  double sum = 0;
  for (u32 i = 0; i < POINTS; i++) sum += (re[i] + 2 * im[i]) / (1 + i);
  return sum;
}
