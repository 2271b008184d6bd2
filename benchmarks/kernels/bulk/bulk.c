/* Bulk memory: `run(times)` fills and copies pieces of 1 byte to 64 KiB of a megabyte, and sums what stands there. */
#include "ipvm.h"

#define BYTES (1 << 20)

static u8 room[BYTES];

IPVM_EXPORT(run) u32 run(u32 times) {
  u32 state = 7;
  for (u32 i = 0; i < BYTES; i++) room[i] = (u8)(i * 31);
  for (u32 t = 0; t < times; t++) {
    state = state * 1664525 + 1013904223;
    u32 size = 1u << (state >> 28), from = (state >> 4) % (BYTES - 65536), to = (state >> 8) % (BYTES - 65536);
    if (size == 32768) size = 65536;
    if (t % 3 == 0) __builtin_memset(room + to, (int)t, size);
    else __builtin_memmove(room + to, room + from, size);
  }
  u32 sum = 0;
  for (u32 i = 0; i < BYTES; i++) sum = sum * 33 + room[i];
  return sum;
}
