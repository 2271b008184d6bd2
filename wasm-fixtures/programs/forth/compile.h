/* The first half of forth.c: from source text to code. */
#include "../ipvm.h"

enum { STACK = 1024, RETURNS = 4096, CODE = 65536, WORDS = 512, NEST = 64, DATA = 65536 };

enum Op {
  HALT, PUSH, CALL, JUMP, UNLESS, EXIT, TEXT, DO, LOOP, INDEX, OUTER,
  ADD, SUB, MUL, DIV, MOD, NEG, EQ, NE, LT, GT, LE, GE, AND, OR, XOR, LEFT, RIGHT,
  DUP, DROP, SWAP, OVER, ROT, NIP, PICK, DEPTH, DOT, EMIT, CR, FETCH, STORE,
};

typedef struct {
  const u8 *name;
  u32 length;
  u32 op;   /* of a built-in word, or CALL or PUSH */
  i64 cell; /* address of the code, or of the data */
} Word;

static const u8 *source;
static u32 at, size;
static i64 code[CODE];
static u32 here; /* end of the code */
static Word words[WORDS];
static u32 wordCount;
static i64 data[DATA];
static u32 dataTop;
static u32 nest[NEST], nestTop; /* addresses that wait for their target */
static const u8 *token;
static u32 tokenLength;
static const char *problem;
static Text out;

static int fail(const char *what) {
  if (!problem) problem = what;
  return 0;
}

static int is_space(u8 c) { return c <= ' '; }

static int next_token(void) {
  while (at < size && is_space(source[at])) at++;
  token = source + at;
  while (at < size && !is_space(source[at])) at++;
  tokenLength = (u32)(source + at - token);
  return tokenLength > 0;
}

static int token_is(const char *text) {
  u32 i = 0;
  while (i < tokenLength && text[i] && (u8)text[i] == token[i]) i++;
  return i == tokenLength && !text[i];
}

static void skip_past(u8 end) {
  while (at < size && source[at] != end) at++;
  if (at < size) at++;
}

static int emit(i64 cell) {
  if (here == CODE) return fail("program too long");
  code[here++] = cell;
  return 1;
}

static int emit2(i64 op, i64 cell) { return emit(op) && emit(cell); }

static int wait_here(u32 address) {
  if (nestTop == NEST) return fail("nested too deep");
  nest[nestTop++] = address;
  return 1;
}

static u32 waiting(void) {
  if (nestTop == 0) return (u32)fail("no opening word");
  return nest[--nestTop];
}

static int parse_number(i64 *value) {
  u32 i = token[0] == '-' && tokenLength > 1;
  u64 number = 0;
  for (u32 start = i; i < tokenLength; i++) {
    if (token[i] < '0' || token[i] > '9' || i - start > 18) return 0;
    number = number * 10 + (token[i] - '0');
  }
  *value = (i64)(token[0] == '-' ? 0 - number : number);
  return 1;
}

static int define(u32 op, i64 cell) {
  if (!next_token()) return fail("a name is missing");
  if (wordCount == WORDS) return fail("too many words");
  words[wordCount++] = (Word){token, tokenLength, op, cell};
  return 1;
}

static const Word *find(void) {
  for (u32 i = wordCount; i-- > 0;) {
    u32 j = 0;
    if (words[i].length != tokenLength) continue;
    while (j < tokenLength && words[i].name[j] == token[j]) j++;
    if (j == tokenLength) return &words[i];
  }
  return 0;
}

static u32 definition; /* address of the word being defined, 0 outside of one */
static u32 overJump;   /* the cell of the jump over it */

static int begin_definition(void) {
  if (definition) return fail("definition in a definition");
  if (!emit2(JUMP, 0)) return 0;
  overJump = here - 1;
  definition = here;
  return define(CALL, here);
}

static int end_definition(void) {
  if (!definition) return fail("no definition");
  if (nestTop) return fail("unfinished structure");
  definition = 0;
  if (!emit(EXIT)) return 0;
  code[overJump] = here;
  return 1;
}

static int compile_text(void) {
  if (at < size) at++; /* the space after the word */
  u32 start = at;
  skip_past('"');
  u32 end = at > start && source[at - 1] == '"' ? at - 1 : at;
  return emit(TEXT) && emit2(start, end - start);
}

static int compile_branch(void) {
  if (token_is("if")) return emit2(UNLESS, 0) && wait_here(here - 1);
  if (token_is("else")) {
    u32 from = waiting();
    if (problem || !emit2(JUMP, 0)) return 0;
    code[from] = here;
    return wait_here(here - 1);
  }
  u32 from = waiting(); /* then */
  if (problem) return 0;
  code[from] = here;
  return 1;
}

static int compile_loop(void) {
  if (token_is("begin")) return wait_here(here);
  if (token_is("do")) return emit(DO) && wait_here(here);
  if (token_is("while")) return emit2(UNLESS, 0) && wait_here(here - 1);
  if (token_is("repeat")) {
    u32 leave = waiting(), back = waiting();
    if (problem || !emit2(JUMP, back)) return 0;
    code[leave] = here;
    return 1;
  }
  u32 back = waiting(); /* until, loop */
  return !problem && emit2(token_is("loop") ? LOOP : UNLESS, back);
}

static int is_any(const char *const *list) {
  for (; *list; list++)
    if (token_is(*list)) return 1;
  return 0;
}

static const char *const BRANCHES[] = {"if", "else", "then", 0};
static const char *const LOOPS[] = {"begin", "do", "while", "repeat", "until", "loop", 0};

/* Names in the order of the operations from ADD on. */
static const char *const BUILT_IN[] = {"+", "-", "*", "/", "mod", "negate",
  "=", "<>", "<", ">", "<=", ">=", "and", "or", "xor", "lshift", "rshift",
  "dup", "drop", "swap", "over", "rot", "nip", "pick", "depth", ".", "emit", "cr", "@", "!", 0};

static int reserve(i64 cells) {
  if (cells > DATA - (i64)dataTop) return fail("out of data");
  dataTop += (u32)cells;
  return 1;
}

static int compile_array(void) {
  i64 cells;
  if (!define(PUSH, dataTop)) return 0;
  if (!next_token() || !parse_number(&cells) || cells < 1) return fail("an array needs a size");
  return reserve(cells);
}

static int compile_token(void) {
  i64 number;
  if (token_is("(")) return skip_past(')'), 1;
  if (token_is("\\")) return skip_past('\n'), 1;
  if (token_is(":")) return begin_definition();
  if (token_is(";")) return end_definition();
  if (token_is(".\"")) return compile_text();
  if (is_any(BRANCHES)) return compile_branch();
  if (is_any(LOOPS)) return compile_loop();
  if (token_is("i")) return emit(INDEX);
  if (token_is("j")) return emit(OUTER);
  if (token_is("exit")) return emit(EXIT);
  if (token_is("recurse")) return definition ? emit2(CALL, definition) : fail("no definition");
  if (token_is("variable")) return define(PUSH, dataTop) && reserve(1);
  if (token_is("array")) return compile_array();
  const Word *word = find();
  if (word) return emit2(word->op, word->cell);
  for (u32 i = 0; BUILT_IN[i]; i++)
    if (token_is(BUILT_IN[i])) return emit(ADD + i);
  return parse_number(&number) ? emit2(PUSH, number) : fail("unknown word");
}

/* Compiles the whole source; definitions are jumped over, what stands outside of them is the program. */
static int compile(void) {
  emit(HALT); /* so that no definition has address 0 */
  while (!problem && next_token()) compile_token();
  if (problem) return 0;
  tokenLength = 0;
  if (definition || nestTop) return fail("unfinished at the end");
  return emit(HALT);
}
