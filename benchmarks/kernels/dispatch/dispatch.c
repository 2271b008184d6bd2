/* A register machine whose instructions are functions called through a table: `run(steps)` of a program that never ends. */
#include "ipvm.h"

typedef struct {
  u32 registers[8];
  u32 at;
} Machine;

typedef struct {
  u8 operation, to, from;
} Instruction;

typedef void Operation(Machine *, u32 to, u32 from);

static void add(Machine *m, u32 to, u32 from) { m->registers[to] += m->registers[from]; }
static void xor_(Machine *m, u32 to, u32 from) { m->registers[to] ^= m->registers[from]; }
static void rotate(Machine *m, u32 to, u32 from) {
  u32 by = m->registers[from] % 31 + 1, value = m->registers[to];
  m->registers[to] = value << by | value >> (32 - by);
}
static void multiply(Machine *m, u32 to, u32 from) { m->registers[to] *= m->registers[from] | 1; }
static void load(Machine *m, u32 to, u32 from) { m->registers[to] = m->registers[m->registers[from] % 8]; }
static void increment(Machine *m, u32 to, u32 from) { m->registers[to] += from + 1; }
static void skip(Machine *m, u32 to, u32 from) { if (m->registers[to] % 4 == from % 4) m->at += 2; }
static void start(Machine *m, u32 to, u32 from) { (void)to, (void)from, m->at = 0; }

static Operation *const operations[] = {add, xor_, rotate, multiply, load, increment, skip, start};
static const Instruction program[] = {
    {5, 0, 6}, {0, 1, 0}, {2, 2, 1}, {1, 3, 2}, {6, 3, 1}, {3, 4, 3}, {0, 5, 4}, {4, 6, 5},
    {6, 0, 0}, {1, 7, 6}, {2, 1, 7}, {0, 2, 7}, {3, 7, 0}, {7, 0, 0}, {7, 0, 0}, {7, 0, 0},
};

IPVM_EXPORT(run) u32 run(u32 steps) {
  Machine machine = {{1, 2, 3, 4, 5, 6, 7, 8}, 0};
  for (u32 s = 0; s < steps; s++) {
    const Instruction *next = &program[machine.at++];
    operations[next->operation](&machine, next->to, next->from);
  }
  u32 sum = 0;
  for (u32 i = 0; i < 8; i++) sum = sum * 31 + machine.registers[i];
  return sum;
}
