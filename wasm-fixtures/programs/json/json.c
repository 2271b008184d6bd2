/*
 * A strict JSON reader (RFC 8259) in one pass and without recursion.
 *
 *   minify(text)   the text without white space between tokens
 *   census(text)   how many values of each kind there are and how deep they nest, as JSON
 *
 * Both check everything, UTF-8 included, and never trap on bad input: they answer `error at <byte offset>: <what>`.
 */
#include "../ipvm.h"

#define MAX_DEPTH 1024

typedef struct {
  const u8 *text;
  u32 at, len;
  const char *error;
  Text out;
  u8 is_object[MAX_DEPTH]; /* of each open container */
  u32 depth, deepest;
  u32 objects, arrays, keys, strings, numbers, literals;
} Reader;

static int fail(Reader *r, const char *what) {
  r->error = what;
  return 0;
}

static int peek(const Reader *r) { return r->at < r->len ? r->text[r->at] : -1; }
static int is_digit(int c) { return c >= '0' && c <= '9'; }
static int is_hex(int c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
static void keep(Reader *r) { text_byte(&r->out, r->text[r->at++]); }

static void skip_space(Reader *r) {
  int c;
  while ((c = peek(r)) == ' ' || c == '\t' || c == '\n' || c == '\r') r->at++;
}

/* One character beyond ASCII: no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629). */
static int read_utf8(Reader *r) {
  int first = peek(r);
  u32 more = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  if (!more || r->len - r->at <= more) return fail(r, "bad UTF-8");
  int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  for (u32 i = 1; i <= more; i++) {
    int next = r->text[r->at + i];
    if (next < low || next > high) return fail(r, "bad UTF-8");
    low = 0x80, high = 0xbf;
  }
  for (u32 i = 0; i <= more; i++) keep(r);
  return 1;
}

static int read_escape(Reader *r) {
  keep(r);
  switch (peek(r)) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
      keep(r);
      return 1;
    case 'u':
      keep(r);
      for (u32 i = 0; i < 4; i++) {
        if (!is_hex(peek(r))) return fail(r, "bad escape");
        keep(r);
      }
      return 1;
    default:
      return fail(r, "bad escape");
  }
}

static int read_string(Reader *r) {
  keep(r);
  for (;;) {
    int c = peek(r);
    if (c < 0) return fail(r, "unfinished string");
    if (c < 0x20) return fail(r, "control character in string");
    if (c == '"') {
      keep(r);
      return 1;
    }
    if (c == '\\') {
      if (!read_escape(r)) return 0;
    } else if (c >= 0x80) {
      if (!read_utf8(r)) return 0;
    } else {
      keep(r);
    }
  }
}

static int read_digits(Reader *r) {
  if (!is_digit(peek(r))) return fail(r, "expected a digit");
  while (is_digit(peek(r))) keep(r);
  return 1;
}

static int read_number(Reader *r) {
  r->numbers++;
  if (peek(r) == '-') keep(r);
  if (peek(r) == '0') keep(r);
  else if (!read_digits(r)) return 0;
  if (peek(r) == '.') {
    keep(r);
    if (!read_digits(r)) return 0;
  }
  if (peek(r) == 'e' || peek(r) == 'E') {
    keep(r);
    if (peek(r) == '+' || peek(r) == '-') keep(r);
    if (!read_digits(r)) return 0;
  }
  return 1;
}

static int read_literal(Reader *r, const char *word) {
  r->literals++;
  for (; *word; word++) {
    if (peek(r) != *word) return fail(r, "expected a value");
    keep(r);
  }
  return 1;
}

static int open_container(Reader *r, int object) {
  if (r->depth == MAX_DEPTH) return fail(r, "too deep");
  r->is_object[r->depth++] = (u8)object;
  if (r->depth > r->deepest) r->deepest = r->depth;
  if (object) r->objects++;
  else r->arrays++;
  keep(r);
  return 1;
}

static int read_key(Reader *r) {
  if (peek(r) != '"') return fail(r, "expected a key");
  r->keys++;
  if (!read_string(r)) return 0;
  skip_space(r);
  if (peek(r) != ':') return fail(r, "expected a colon");
  keep(r);
  skip_space(r);
  return 1;
}

static int read_scalar(Reader *r) {
  int c = peek(r);
  if (c == '"') {
    r->strings++;
    return read_string(r);
  }
  if (c == '-' || is_digit(c)) return read_number(r);
  if (c == 't') return read_literal(r, "true");
  if (c == 'f') return read_literal(r, "false");
  if (c == 'n') return read_literal(r, "null");
  return fail(r, "expected a value");
}

/* Opens containers down to the first complete value: a scalar or an empty container. */
static int read_value(Reader *r) {
  for (;;) {
    int c = peek(r), object = c == '{';
    if (!object && c != '[') return read_scalar(r);
    if (!open_container(r, object)) return 0;
    skip_space(r);
    if (peek(r) == (object ? '}' : ']')) {
      keep(r);
      r->depth--;
      return 1;
    }
    if (object && !read_key(r)) return 0;
  }
}

static int read_document(Reader *r) {
  skip_space(r);
  if (!read_value(r)) return 0;
  for (;;) {
    skip_space(r);
    if (r->depth == 0) return r->at == r->len ? 1 : fail(r, "expected the end");
    int object = r->is_object[r->depth - 1];
    if (peek(r) == (object ? '}' : ']')) {
      keep(r);
      r->depth--;
    } else if (peek(r) == ',') {
      keep(r);
      skip_space(r);
      if (object && !read_key(r)) return 0;
      if (!read_value(r)) return 0;
    } else {
      return fail(r, object ? "expected a comma or }" : "expected a comma or ]");
    }
  }
}

static Bytes answer_error(const Reader *r) {
  Text text = {0};
  text_string(&text, "error at ");
  text_number(&text, r->at);
  text_string(&text, ": ");
  text_string(&text, r->error);
  return text_answer(&text);
}

static Reader reader;

IPVM_EXPORT(minify) Bytes minify(const u8 *text, u32 len) {
  reader.text = text;
  reader.len = len;
  return read_document(&reader) ? text_answer(&reader.out) : answer_error(&reader);
}

IPVM_EXPORT(census) Bytes census(const u8 *text, u32 len) {
  reader.text = text;
  reader.len = len;
  if (!read_document(&reader)) return answer_error(&reader);
  const char *names[] = {"objects", "arrays", "keys", "strings", "numbers", "literals", "depth"};
  const Reader *r = &reader;
  u32 counts[] = {r->objects, r->arrays, r->keys, r->strings, r->numbers, r->literals, r->deepest};
  Text out = {0};
  for (u32 i = 0; i < 7; i++) {
    text_string(&out, i ? ",\"" : "{\"");
    text_string(&out, names[i]);
    text_string(&out, "\":");
    text_number(&out, counts[i]);
  }
  text_byte(&out, '}');
  return text_answer(&out);
}
