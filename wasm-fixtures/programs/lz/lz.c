/*
 * A small LZ77 format of our own.
 *
 *   stream  = "IL1" length:u32 token*            length of the original, little-endian
 *   token   = 0xxxxxxx byte{x+1}                 a run of 1 to 128 literal bytes
 *           | 1xxxxxxx distance:u16              a copy of x+4 (4 to 131) bytes from `distance` (1 to 65535) bytes back
 *
 * compress(bytes) takes the last place with the same hash of four bytes, greedily. decompress(stream) stops at
 * `unreachable` if the stream is not what compress could have meant.
 */
#include "../ipvm.h"

#define HASH_BITS 14
#define SHORTEST 4
#define LONGEST 131

static u32 last[1 << HASH_BITS]; /* 1 + the last position with this hash, 0 for none */

static u32 hash_at(const u8 *p) {
  u32 word = (u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
  return word * 2654435761u >> (32 - HASH_BITS);
}

static u32 common_length(const u8 *a, const u8 *b, u32 most) {
  u32 n = 0;
  while (n < most && a[n] == b[n]) n++;
  return n;
}

static u8 *put_literals(u8 *out, const u8 *from, u32 count) {
  while (count) {
    u32 run = count < 128 ? count : 128;
    *out++ = (u8)(run - 1);
    ipvm_copy(out, from, run);
    out += run, from += run, count -= run;
  }
  return out;
}

static void require(int condition) {
  if (!condition) __builtin_trap();
}

IPVM_EXPORT(compress) Bytes compress(const u8 *in, u32 len) {
  u8 *start = ipvm_alloc(7 + len + len / 128 + 1), *out = start;
  *out++ = 'I', *out++ = 'L', *out++ = '1';
  for (u32 i = 0; i < 4; i++) *out++ = (u8)(len >> 8 * i);
  u32 at = 0, pending = 0; /* literals before `at` that are not written yet */
  while (at < len) {
    u32 length = 0, candidate = 0;
    if (len - at >= SHORTEST) {
      u32 slot = hash_at(in + at);
      candidate = last[slot];
      last[slot] = at + 1;
      if (candidate && at - (candidate - 1) <= 65535)
        length = common_length(in + candidate - 1, in + at, len - at < LONGEST ? len - at : LONGEST);
    }
    if (length < SHORTEST) {
      at++, pending++;
      continue;
    }
    out = put_literals(out, in + at - pending, pending);
    u32 distance = at - (candidate - 1);
    *out++ = (u8)(0x80 | (length - SHORTEST));
    *out++ = (u8)distance, *out++ = (u8)(distance >> 8);
    at += length, pending = 0;
  }
  out = put_literals(out, in + at - pending, pending);
  return ipvm_bytes(start, (u32)(out - start));
}

IPVM_EXPORT(decompress) Bytes decompress(const u8 *in, u32 len) {
  require(len >= 7 && in[0] == 'I' && in[1] == 'L' && in[2] == '1');
  u32 total = (u32)in[3] | (u32)in[4] << 8 | (u32)in[5] << 16 | (u32)in[6] << 24;
  u8 *out = ipvm_alloc(total);
  u32 at = 7, made = 0;
  while (at < len) {
    u32 token = in[at++];
    u32 count = (token & 0x7f) + (token & 0x80 ? SHORTEST : 1);
    require(count <= total - made);
    if (token & 0x80) {
      require(len - at >= 2);
      u32 distance = (u32)in[at] | (u32)in[at + 1] << 8;
      require(distance >= 1 && distance <= made);
      for (u32 i = 0; i < count; i++, made++) out[made] = out[made - distance]; /* may overlap: byte by byte */
      at += 2;
    } else {
      require(len - at >= count);
      ipvm_copy(out + made, in + at, count);
      made += count, at += count;
    }
  }
  require(made == total);
  return ipvm_bytes(out, total);
}
