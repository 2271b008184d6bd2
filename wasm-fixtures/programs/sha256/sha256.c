/* SHA-256 and HMAC-SHA-256 (FIPS 180-4, FIPS 198-1). */
#include "../ipvm.h"

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2). */
static const u32 ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The same of the square roots of the first 8 primes (§5.3.3). */
static const u32 INITIAL[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

typedef struct {
  u32 state[8];
  u8 block[64];
  u64 length; /* bytes taken in */
} Hash;

static u32 rotate(u32 x, u32 by) { return x >> by | x << (32 - by); }

static void compress(Hash *hash) {
  u32 w[64], s[8];
  for (u32 i = 0; i < 16; i++) {
    const u8 *p = hash->block + 4 * i;
    w[i] = (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
  }
  for (u32 i = 16; i < 64; i++) {
    u32 a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  for (u32 i = 0; i < 8; i++) s[i] = hash->state[i];
  for (u32 i = 0; i < 64; i++) {
    u32 choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    u32 majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    u32 one = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + choice + ROUND[i] + w[i];
    u32 two = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;
    for (u32 j = 7; j > 0; j--) s[j] = s[j - 1];
    s[4] += one;
    s[0] = one + two;
  }
  for (u32 i = 0; i < 8; i++) hash->state[i] += s[i];
}

static void begin(Hash *hash) {
  for (u32 i = 0; i < 8; i++) hash->state[i] = INITIAL[i];
  hash->length = 0;
}

static void take(Hash *hash, const u8 *data, u32 len) {
  for (u32 i = 0; i < len; i++) {
    hash->block[hash->length++ % 64] = data[i];
    if (hash->length % 64 == 0) compress(hash);
  }
}

static void finish(Hash *hash, u8 *digest) {
  static const u8 mark = 0x80, zero = 0;
  u64 bits = hash->length * 8;
  take(hash, &mark, 1);
  while (hash->length % 64 != 56) take(hash, &zero, 1);
  for (i32 shift = 56; shift >= 0; shift -= 8) {
    u8 byte = (u8)(bits >> shift);
    take(hash, &byte, 1);
  }
  for (u32 i = 0; i < 32; i++) digest[i] = (u8)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

static u8 answer[32];

IPVM_EXPORT(hash) Bytes hash(const u8 *data, u32 len) {
  Hash state;
  begin(&state);
  take(&state, data, len);
  finish(&state, answer);
  return ipvm_bytes(answer, 32);
}

IPVM_EXPORT(hmac) Bytes hmac(const u8 *key, u32 keyLen, const u8 *data, u32 len) {
  u8 padded[64] = {0}, inner[64], outer[64];
  Hash state;
  if (keyLen > 64) {
    begin(&state);
    take(&state, key, keyLen);
    finish(&state, padded);
  } else {
    ipvm_copy(padded, key, keyLen);
  }
  for (u32 i = 0; i < 64; i++) {
    inner[i] = padded[i] ^ 0x36;
    outer[i] = padded[i] ^ 0x5c;
  }
  begin(&state);
  take(&state, inner, 64);
  take(&state, data, len);
  finish(&state, answer);
  begin(&state);
  take(&state, outer, 64);
  take(&state, answer, 32);
  finish(&state, answer);
  return ipvm_bytes(answer, 32);
}
