/*
 * A small Forth: `run(source)` answers with what the program prints. Numbers have 64 bits and wrap around.
 *
 *   : name … ;            defines a word          ( … )  \ …          comments
 *   + - * / mod negate    arithmetic              = <> < > <= >=      comparison, -1 for true
 *   and or xor lshift rshift                      dup drop swap over rot nip pick depth
 *   . emit cr ." text"    printing                variable name  array name size  @ !
 *   if else then          begin until             begin while repeat  do loop  i j  recurse  exit
 *
 * Words are compiled to code of 64-bit cells that one loop interprets. A program that is wrong prints
 * `error: <what>`, with the word if it was found while compiling, and ends. No input traps, but there are programs
 * that do not end.
 */
#include "compile.h"

static i64 stack[STACK];
static u32 returns[2 * RETURNS]; /* where to go on and how many loops were running, for each call */
static i64 loops[2 * RETURNS]; /* index and limit of each running loop */
static u32 height, returnTop, loopTop;

/* How many values each operation takes and how many it leaves, in the order of enum Op. */
static const u8 TAKES[] = {0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0,
  2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
  1, 1, 2, 2, 3, 2, 1, 0, 1, 1, 0, 1, 2};
static const u8 LEAVES[] = {0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  2, 0, 2, 3, 3, 1, 1, 1, 0, 0, 0, 1, 0};

static i64 flag(int condition) { return condition ? -1 : 0; }

static i64 binary(u32 op, i64 x, i64 y) {
  switch (op) {
    case ADD: return (i64)((u64)x + (u64)y);
    case SUB: return (i64)((u64)x - (u64)y);
    case MUL: return (i64)((u64)x * (u64)y);
    case DIV: return y == -1 ? (i64)(0 - (u64)x) : x / y;
    case MOD: return y == -1 ? 0 : x % y;
    case EQ: return flag(x == y);
    case NE: return flag(x != y);
    case LT: return flag(x < y);
    case GT: return flag(x > y);
    case LE: return flag(x <= y);
    case GE: return flag(x >= y);
    case AND: return x & y;
    case OR: return x | y;
    case XOR: return x ^ y;
    case LEFT: return (u64)y > 63 ? 0 : (i64)((u64)x << y);
    default: return (u64)y > 63 ? 0 : (i64)((u64)x >> y);
  }
}

/* Operations on the stack alone; `top` is its end before the operation. */
static int shuffle(u32 op, i64 *top) {
  i64 kept;
  switch (op) {
    case NEG: top[-1] = (i64)(0 - (u64)top[-1]); return 1;
    case DUP: top[0] = top[-1]; return 1;
    case DROP: return 1;
    case SWAP: kept = top[-1]; top[-1] = top[-2], top[-2] = kept; return 1;
    case OVER: top[0] = top[-2]; return 1;
    case ROT: kept = top[-3]; top[-3] = top[-2], top[-2] = top[-1], top[-1] = kept; return 1;
    case NIP: top[-2] = top[-1]; return 1;
    case DEPTH: top[0] = top - stack; return 1;
    case PICK:
      if ((u64)top[-1] >= (u64)(top - stack - 1)) return fail("stack too short");
      top[-1] = top[-2 - top[-1]];
      return 1;
    case DOT: text_number(&out, top[-1]); text_byte(&out, ' '); return 1;
    case EMIT: text_byte(&out, (u8)top[-1]); return 1;
    case CR: text_byte(&out, '\n'); return 1;
    case FETCH:
      if ((u64)top[-1] >= dataTop) return fail("bad address");
      top[-1] = data[top[-1]];
      return 1;
    default: /* STORE */
      if ((u64)top[-1] >= dataTop) return fail("bad address");
      data[top[-1]] = top[-2];
      return 1;
  }
}

/* Operations that decide where to go on; the answer is the next address, 0 for the end. */
static u32 control(u32 op, u32 pc, i64 *top) {
  switch (op) {
    case JUMP: return (u32)code[pc];
    case UNLESS: return top[-1] ? pc + 1 : (u32)code[pc];
    case CALL:
      if (returnTop == RETURNS) return (u32)fail("calls too deep");
      returns[2 * returnTop] = pc + 1, returns[2 * returnTop + 1] = loopTop;
      returnTop++;
      return (u32)code[pc];
    case EXIT:
      if (!returnTop) return (u32)fail("exit outside of a word");
      returnTop--;
      loopTop = returns[2 * returnTop + 1];
      return returns[2 * returnTop];
    case DO:
      if (loopTop == RETURNS) return (u32)fail("loops too deep");
      loops[2 * loopTop] = top[-1], loops[2 * loopTop + 1] = top[-2];
      loopTop++;
      return pc;
    case LOOP:
      if (!loopTop) return (u32)fail("no loop");
      if (++loops[2 * loopTop - 2] < loops[2 * loopTop - 1]) return (u32)code[pc];
      loopTop--;
      return pc + 1;
    case TEXT:
      for (i64 i = 0; i < code[pc + 1]; i++) text_byte(&out, source[code[pc] + i]);
      return pc + 2;
    default: return 0;
  }
}

static int step(u32 op, i64 *top) {
  if (op == INDEX || op == OUTER) {
    u32 back = op == INDEX ? 1 : 2;
    if (loopTop < back) return fail("no loop");
    top[0] = loops[2 * (loopTop - back)];
    return 1;
  }
  if (op < ADD || op > RIGHT || op == NEG) return shuffle(op, top);
  if ((op == DIV || op == MOD) && top[-1] == 0) return fail("division by zero");
  top[-2] = binary(op, top[-2], top[-1]);
  return 1;
}

static void interpret(void) {
  u32 pc = 1;
  while (pc && !problem) {
    u32 op = (u32)code[pc++];
    if (height < TAKES[op]) {
      fail("stack too short");
      return;
    }
    if (height + LEAVES[op] - TAKES[op] > STACK) {
      fail("stack too long");
      return;
    }
    i64 *top = stack + height;
    height += LEAVES[op] - TAKES[op];
    if (op == PUSH) top[0] = code[pc++];
    else if (op <= LOOP) pc = control(op, pc, top);
    else step(op, top);
  }
}

IPVM_EXPORT(run) Bytes run(const u8 *text, u32 len) {
  source = text, size = len;
  if (compile()) interpret();
  if (!problem) return text_answer(&out);
  text_string(&out, "error: ");
  text_string(&out, problem);
  if (tokenLength) {
    text_string(&out, ": ");
    for (u32 i = 0; i < tokenLength; i++) text_byte(&out, token[i]);
  }
  text_byte(&out, '\n');
  return text_answer(&out);
}
