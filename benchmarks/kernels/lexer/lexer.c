/* A recursive-descent calculator: `run(times)` evaluates a long expression from its text so many times. */
#include "ipvm.h"

#define BYTES 20000

static char text[BYTES + 1];
static const char *at;

static i32 sum(void);

static i32 atom(void) {
  while (*at == ' ') at++;
  if (*at == '-') return at++, -atom();
  if (*at == '(') {
    at++;
    i32 value = sum();
    at++; /* the closing parenthesis */
    return value;
  }
  u32 value = 0;
  while (*at >= '0' && *at <= '9') value = value * 10 + (u32)(*at++ - '0');
  while (*at == ' ') at++;
  return (i32)value;
}

static i32 product(void) {
  u32 value = (u32)atom();
  while (*at == '*' || *at == '%') {
    char operation = *at++;
    u32 other = (u32)atom();
    value = operation == '*' ? value * other : value % (other | 1);
  }
  return (i32)value;
}

static i32 sum(void) {
  u32 value = (u32)product();
  while (*at == '+' || *at == '-') {
    char operation = *at++;
    u32 other = (u32)product();
    value = operation == '+' ? value + other : value - other;
  }
  return (i32)value;
}

/* Numbers and operators in turn, with parentheses that open at random and close before the end. */
static void write(void) {
  u32 state = 5, depth = 0, i = 0;
  while (i < BYTES - 600) {
    state = state * 1664525 + 1013904223;
    if (state >> 29 == 0 && depth < 200) text[i++] = '(', depth++;
    if (state >> 30 == 1) text[i++] = ' ';
    for (u32 digits = state >> 16 & 3, d = 0; d <= digits; d++) text[i++] = (char)('1' + (state >> (8 + d) & 7));
    if (state >> 28 == 9 && depth) text[i++] = ')', depth--;
    text[i++] = "+-*%"[state >> 24 & 3];
  }
  text[i++] = '7';
  while (depth--) text[i++] = ')';
  text[i] = 0;
}

IPVM_EXPORT(run) i32 run(u32 times) {
  write();
  u32 total = 0;
  for (u32 t = 0; t < times; t++) {
    at = text;
    total = total * 31 + (u32)sum();
  }
  return (i32)total;
}
