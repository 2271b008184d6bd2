// Traps in a function of its own, so that name, body and line of the trap are known.
static unsigned table[4] = {1, 2, 3, 4};

__attribute__((noinline)) unsigned quotient(unsigned of, unsigned by) {
  unsigned shifted = of << 1;
  return shifted / by;
}

__attribute__((noinline)) unsigned far(unsigned index) {
  return *(volatile unsigned *)((char *)table + index);
}

__attribute__((export_name("divide"))) unsigned divide(unsigned of, unsigned by) {
  return quotient(of, by) + 1;
}

__attribute__((export_name("read"))) unsigned read(unsigned index) {
  return far(index) + 1;
}
