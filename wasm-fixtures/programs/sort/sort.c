/*
 * Sorting arrays of unsigned 32-bit numbers (little-endian), three ways.
 *
 *   quick(numbers)   quicksort on an explicit stack, ranges of 16 and fewer by insertion
 *   radix(numbers)   four passes by byte, with bulk memory instructions
 *   heap(numbers, order)  heapsort, through a comparison that is called indirectly
 *
 * Up to three bytes at the end that make no number are dropped.
 */
#include "../ipvm.h"

static u32 *take(const u8 *data, u32 len, u32 *count) {
  *count = len / 4;
  u32 *numbers = ipvm_alloc(*count * 4);
  __builtin_memcpy(numbers, data, *count * 4);
  return numbers;
}

static void swap(u32 *a, u32 *b) {
  u32 kept = *a;
  *a = *b, *b = kept;
}

static void insertion(u32 *numbers, u32 low, u32 high) {
  for (u32 i = low + 1; i < high; i++) {
    u32 value = numbers[i], j = i;
    for (; j > low && numbers[j - 1] > value; j--) numbers[j] = numbers[j - 1];
    numbers[j] = value;
  }
}

/* Orders first, middle and last, and splits around the middle one; the answer is where it ends up. */
static u32 split(u32 *numbers, u32 low, u32 high) {
  u32 middle = low + (high - low) / 2, last = high - 1;
  if (numbers[middle] < numbers[low]) swap(numbers + middle, numbers + low);
  if (numbers[last] < numbers[low]) swap(numbers + last, numbers + low);
  if (numbers[last] < numbers[middle]) swap(numbers + last, numbers + middle);
  u32 pivot = numbers[middle], i = low + 1, j = last - 1;
  swap(numbers + middle, numbers + j);
  for (u32 k = i; k < j; k++)
    if (numbers[k] < pivot) swap(numbers + k, numbers + i++);
  swap(numbers + i, numbers + j);
  return i;
}

IPVM_EXPORT(quick) Bytes quick(const u8 *data, u32 len) {
  u32 count, stack[128], height = 0;
  u32 *numbers = take(data, len, &count);
  stack[height++] = 0, stack[height++] = count;
  while (height) {
    u32 high = stack[--height], low = stack[--height];
    while (high - low > 16) {
      u32 at = split(numbers, low, high);
      /* The longer part waits, so that the stack stays logarithmic. */
      if (at - low > high - at - 1) stack[height++] = low, stack[height++] = at, low = at + 1;
      else stack[height++] = at + 1, stack[height++] = high, high = at;
    }
    insertion(numbers, low, high);
  }
  return ipvm_bytes(numbers, count * 4);
}

IPVM_EXPORT(radix) Bytes radix(const u8 *data, u32 len) {
  u32 count, starts[256];
  u32 *numbers = take(data, len, &count), *other = ipvm_alloc(count * 4);
  for (u32 shift = 0; shift < 32; shift += 8) {
    __builtin_memset(starts, 0, sizeof starts);
    for (u32 i = 0; i < count; i++) starts[numbers[i] >> shift & 255]++;
    for (u32 value = 0, before = 0; value < 256; value++) {
      u32 here = starts[value];
      starts[value] = before;
      before += here;
    }
    for (u32 i = 0; i < count; i++) other[starts[numbers[i] >> shift & 255]++] = numbers[i];
    __builtin_memcpy(numbers, other, count * 4);
  }
  return ipvm_bytes(numbers, count * 4);
}

typedef int Less(u32 a, u32 b);
static int by_value(u32 a, u32 b) { return a < b; }
static int by_bit_count(u32 a, u32 b) {
  int x = __builtin_popcount(a), y = __builtin_popcount(b);
  return x != y ? x < y : a < b;
}

static void sift(u32 *numbers, u32 at, u32 count, Less *less) {
  for (;;) {
    u32 child = 2 * at + 1;
    if (child >= count) return;
    if (child + 1 < count && less(numbers[child], numbers[child + 1])) child++;
    if (!less(numbers[at], numbers[child])) return;
    swap(numbers + at, numbers + child);
    at = child;
  }
}

/* `order` is "bits" for the number of set bits first, or anything else for the value. */
IPVM_EXPORT(heap) Bytes heap(const u8 *data, u32 len, const u8 *order, u32 orderLen) {
  /* volatile, so that the compiler keeps the indirect call. */
  Less *volatile chosen = orderLen == 4 && order[0] == 'b' ? by_bit_count : by_value;
  Less *less = chosen;
  u32 count;
  u32 *numbers = take(data, len, &count);
  for (u32 i = count / 2; i-- > 0;) sift(numbers, i, count, less);
  for (u32 end = count; end-- > 1;) {
    swap(numbers, numbers + end);
    sift(numbers, 0, end, less);
  }
  return ipvm_bytes(numbers, count * 4);
}
