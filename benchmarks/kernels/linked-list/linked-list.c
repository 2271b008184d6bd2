/* Walks a list of 65 536 cells that are linked in scattered order, `run(times)` times, adding what it finds and turning links. */
#include "ipvm.h"

#define CELLS 65536

typedef struct Cell {
  struct Cell *next;
  u32 value;
} Cell;

static Cell cells[CELLS];

IPVM_EXPORT(run) u32 run(u32 times) {
  /* An odd step visits every cell of a power of two. */
  for (u32 i = 0, at = 0; i < CELLS; i++) {
    u32 next = (at + 40503) % CELLS;
    cells[at].next = i + 1 < CELLS ? &cells[next] : 0;
    cells[at].value = i ^ at;
    at = next;
  }
  Cell *first = &cells[0];
  u32 sum = 0;
  for (u32 t = 0; t < times; t++) {
    for (const Cell *cell = first; cell; cell = cell->next) sum = sum * 31 + cell->value;
    Cell *turned = 0;
    while (first) {
      Cell *next = first->next;
      first->next = turned, turned = first, first = next;
    }
    first = turned;
  }
  return sum;
}
