// words [most]: counts the words of all files under $IN (or /in), and writes them to /out/counts.txt, the most frequent first. Lines
// of the standard input are words to leave out. Prints a summary; complains about what it cannot read, and exits with the number of that.
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  char *text;
  long count;
} word;

static word *words;
static size_t known, room;
static int failures;

static word *find(const char *text) {
  for (size_t i = 0; i < known; i++)
    if (strcmp(words[i].text, text) == 0) return &words[i];
  return NULL;
}

static void add(const char *text, long count) {
  word *found = find(text);
  if (found != NULL) {
    if (found->count >= 0) found->count += count;
    return;
  }
  if (known == room) words = realloc(words, (room = room * 2 + 16) * sizeof *words);
  words[known++] = (word){strdup(text), count};
}

static void complain(const char *path) {
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  failures++;
}

static void read_file(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) return complain(path);
  char text[64];
  size_t length = 0;
  for (int c; (c = getc(file)) != EOF || length > 0;) {
    if (c != EOF && isalpha(c) && length < sizeof text - 1) {
      text[length++] = (char)tolower(c);
    } else if (length > 0) {
      text[length] = 0;
      add(text, 1);
      length = 0;
    }
    if (c == EOF) break;
  }
  fclose(file);
}

static void read_directory(const char *path) {
  DIR *directory = opendir(path);
  if (directory == NULL) return complain(path);
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char child[512];
    snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
    struct stat status;
    if (stat(child, &status) != 0) complain(child);
    else if (S_ISDIR(status.st_mode)) read_directory(child);
    else read_file(child);
  }
  closedir(directory);
}

static int by_count(const void *a, const void *b) {
  const word *x = a, *y = b;
  return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->text, y->text);
}

int main(int argc, char **argv) {
  long most = argc > 1 ? strtol(argv[1], NULL, 10) : 10;
  const char *in = getenv("IN");
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    add(line, -1);
  }
  read_directory(in == NULL ? "/in" : in);
  qsort(words, known, sizeof *words, by_count);
  if (mkdir("/out", 0777) != 0 && errno != EEXIST) complain("/out");
  FILE *out = fopen("/out/draft.txt", "w");
  if (out == NULL) return complain("/out/draft.txt"), failures;
  long total = 0, shown = 0;
  for (size_t i = 0; i < known && words[i].count > 0; i++) {
    total += words[i].count;
    if (shown < most) fprintf(out, "%6ld %s\n", words[i].count, words[i].text), shown++;
  }
  if (fclose(out) != 0 || rename("/out/draft.txt", "/out/counts.txt") != 0) complain("/out/counts.txt");
  printf("%ld words, %ld of them shown, %.2f on average\n", total, shown, known == 0 ? 0 : (double)total / (double)known);
  return failures;
}
