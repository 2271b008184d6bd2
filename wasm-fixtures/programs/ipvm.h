/*
 * The bytes ABI for C and C++, for a program of one translation unit.
 *
 *   Bytes hash(const u8 *data, u32 len);              one (pointer, length) pair per byte string that comes in
 *   return ipvm_bytes(answer, 32);                    the answer: pointer in the upper half, length in the lower
 *
 * The host asks `ipvm_alloc` for room, writes an argument there, and calls. One call is one instance: nothing is freed.
 *
 * There are two allocators. Without libc, `ipvm_alloc` takes the memory from `__heap_base` on. A libc takes that memory
 * for its own `malloc`, and the two would overwrite each other: where there is one, `ipvm_alloc` is `malloc`. wasi-libc
 * is recognised; for another libc, define IPVM_MALLOC as 1 before this file is included.
 */
#ifndef IPVM_H
#define IPVM_H

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
typedef __INT32_TYPE__ i32;
typedef __INT64_TYPE__ i64;
typedef u64 Bytes;

#ifndef IPVM_MALLOC
#ifdef __wasi__
#define IPVM_MALLOC 1
#else
#define IPVM_MALLOC 0
#endif
#endif

#ifdef __cplusplus
#define IPVM_C extern "C"
#else
#define IPVM_C extern
#endif
#define IPVM_EXPORT(name) IPVM_C __attribute__((export_name(#name)))

#if IPVM_MALLOC

#include <stdlib.h>

/* Room for `len` bytes, as `malloc` gives it. The program stops at `unreachable` if there is none. */
IPVM_EXPORT(ipvm_alloc) void *ipvm_alloc(u32 len) {
  void *data = malloc(len ? len : 1);
  if (!data) __builtin_trap();
  return data;
}

#else

IPVM_C u8 __heap_base;

static u64 ipvm_top;

/* Room for `len` bytes, aligned to 16. The program stops at `unreachable` if the memory cannot grow. */
IPVM_EXPORT(ipvm_alloc) void *ipvm_alloc(u32 len) {
  u64 start = ((ipvm_top ? ipvm_top : (u64)(u32)&__heap_base) + 15) & ~(u64)15;
  u64 pages = (start + len + 65536) >> 16; /* one byte more than asked, so that no answer starts past the end */
  u64 have = __builtin_wasm_memory_size(0);
  if (pages > 65536) __builtin_trap();
  if (pages > have && __builtin_wasm_memory_grow(0, (u32)(pages - have)) == (u32)-1) __builtin_trap();
  ipvm_top = start + len;
  return (void *)(u32)start;
}

#endif

static inline Bytes ipvm_bytes(const void *data, u32 len) { return (u64)(u32)data << 32 | len; }

static inline void ipvm_copy(void *to, const void *from, u32 len) {
  for (u32 i = 0; i < len; i++) ((u8 *)to)[i] = ((const u8 *)from)[i];
}

/* A byte string that grows: twice the room whenever it is full. */
typedef struct {
  u8 *data;
  u32 len, room;
} Text;

static void text_byte(Text *text, u8 byte) {
  if (text->len == text->room) {
    u32 room = text->room ? text->room * 2 : 256;
    u8 *data = (u8 *)ipvm_alloc(room);
    ipvm_copy(data, text->data, text->len);
    text->data = data;
    text->room = room;
  }
  text->data[text->len++] = byte;
}

static inline void text_string(Text *text, const char *string) {
  while (*string) text_byte(text, (u8)*string++);
}

static inline void text_number(Text *text, i64 value) {
  u8 digits[20];
  u32 count = 0;
  u64 rest = value < 0 ? 0 - (u64)value : (u64)value;
  do digits[count++] = (u8)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) text_byte(text, '-');
  while (count) text_byte(text, digits[--count]);
}

static inline Bytes text_answer(const Text *text) { return ipvm_bytes(text->data, text->len); }

#endif
