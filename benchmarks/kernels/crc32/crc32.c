/* CRC-32 (ISO-HDLC) by table: `run(times)` over 64 KiB so many times, each starting from the last one's remainder. */
#include "ipvm.h"

#define BYTES 65536

static u8 data[BYTES];
static u32 table[256];

IPVM_EXPORT(run) u32 run(u32 times) {
  for (u32 i = 0; i < 256; i++) {
    u32 rest = i;
    for (u32 bit = 0; bit < 8; bit++) rest = rest & 1 ? rest >> 1 ^ 0xedb88320 : rest >> 1;
    table[i] = rest;
  }
  for (u32 i = 0, state = 1; i < BYTES; i++) state = state * 1664525 + 1013904223, data[i] = (u8)(state >> 24);
  u32 rest = 0;
  for (u32 t = 0; t < times; t++) {
    rest = ~rest;
    for (u32 i = 0; i < BYTES; i++) rest = table[(rest ^ data[i]) & 255] ^ rest >> 8;
    rest = ~rest;
  }
  return rest;
}
