/* Keccak-f[1600] (FIPS 202): `run(times)` permutes a state so many times and answers with the sum of its lanes. */
#include "ipvm.h"

static const u8 ROTATIONS[24] = {1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44};
static const u8 LANES[24] = {10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};
static u64 constants[24];

/* The round constants are bits of a linear shift register (FIPS 202, 3.2.5). */
static void make_constants(void) {
  u32 register_ = 1;
  for (u32 round = 0; round < 24; round++) {
    u64 constant = 0;
    for (u32 j = 0; j < 7; j++) {
      if (register_ & 1) constant |= (u64)1 << ((1u << j) - 1);
      register_ <<= 1;
      if (register_ & 256) register_ ^= 0x171;
    }
    constants[round] = constant;
  }
}

static u64 rotate(u64 value, u32 by) { return value << by | value >> (64 - by); }

static void permute(u64 *a) {
  u64 c[5];
  for (u32 round = 0; round < 24; round++) {
    for (u32 x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (u32 x = 0; x < 5; x++) {
      u64 mix = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
      for (u32 y = 0; y < 25; y += 5) a[y + x] ^= mix;
    }
    u64 moving = a[1];
    for (u32 i = 0; i < 24; i++) {
      u64 kept = a[LANES[i]];
      a[LANES[i]] = rotate(moving, ROTATIONS[i]);
      moving = kept;
    }
    for (u32 y = 0; y < 25; y += 5) {
      for (u32 x = 0; x < 5; x++) c[x] = a[y + x];
      for (u32 x = 0; x < 5; x++) a[y + x] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5]);
    }
    a[0] ^= constants[round];
  }
}

/* The first lane of the permuted zero state is f1258f7940e1dde7, as in the reference's test vectors. */
IPVM_EXPORT(run) u64 run(u32 times) {
  static u64 state[25];
  make_constants();
  for (u32 t = 0; t < times; t++) permute(state);
  return state[0];
}
