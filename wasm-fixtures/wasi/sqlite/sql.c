// sql database: runs the SQL of the standard input on a database file, and prints the rows that come of it, with | between columns.
// The first error ends it: the message goes to the standard error, and the exit code is that of SQLite.
#include <stdio.h>
#include <stdlib.h>
#include "sqlite3.h"


static char *standard_input(void) {
  size_t size = 0, room = 4096;
  char *text = malloc(room);
  for (size_t got; (got = fread(text + size, 1, room - size - 1, stdin)) > 0;) {
    size += got;
    if (size == room - 1) text = realloc(text, room *= 2);
  }
  text[size] = 0;
  return text;
}

static int print(void *first, int columns, char **values, char **names) {
  (void)first, (void)names;
  for (int i = 0; i < columns; i++) printf(i == 0 ? "%s" : "|%s", values[i] == NULL ? "NULL" : values[i]);
  putchar('\n');
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: sql database\n"), 64;
  sqlite3 *db;
  char *message = NULL;
  int code = sqlite3_open(argv[1], &db);
  if (code == SQLITE_OK) code = sqlite3_exec(db, standard_input(), print, NULL, &message);
  if (code != SQLITE_OK) fprintf(stderr, "%s\n", message != NULL ? message : sqlite3_errmsg(db));
  int closed = sqlite3_close(db);
  return code != SQLITE_OK ? code : closed;
}
