/*
 * An interpreter of a language of eight signs on a tape, by `switch` in a loop: `run(times)` has a program of it multiply
 * numbers so many times, and answers with a hash of its output.
 */
#include "ipvm.h"

#define CELLS 4096

/* 10·10·10 and three times that, modulo 256, then their product by adding one to the other over and over. */
static const char PROGRAM[] =
    "++++++++++[>++++++++++[>++++++++++[>+>+++<<-]<-]<-]"
    ">>>[>>+>+<<<-]>>>[<<<+>>>-]"
    "<<[<[>>>+>+<<<<-]>>>>[<<<<+>>>>-]<<<-]>>.";

static u32 jumps[sizeof PROGRAM];
static u8 cells[CELLS];

static void match(void) {
  u32 open[64], height = 0;
  for (u32 i = 0; PROGRAM[i]; i++) {
    if (PROGRAM[i] == '[') open[height++] = i;
    if (PROGRAM[i] != ']') continue;
    jumps[i] = open[--height];
    jumps[jumps[i]] = i;
  }
}

static u32 interpret(u32 hash) {
  u32 at = 0;
  for (u32 i = 0; i < CELLS; i++) cells[i] = 0;
  for (u32 i = 0;; i++) {
    switch (PROGRAM[i]) {
      case '>': at = (at + 1) % CELLS; break;
      case '<': at = (at + CELLS - 1) % CELLS; break;
      case '+': cells[at]++; break;
      case '-': cells[at]--; break;
      case '.': hash = (hash ^ cells[at]) * 16777619; break;
      case '[': if (!cells[at]) i = jumps[i]; break;
      case ']': if (cells[at]) i = jumps[i]; break;
      case 0: return hash;
    }
  }
}

IPVM_EXPORT(run) u32 run(u32 times) {
  match();
  u32 hash = 2166136261;
  for (u32 t = 0; t < times; t++) hash = interpret(hash);
  return hash;
}
