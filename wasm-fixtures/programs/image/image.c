/*
 * Filters of 3×3 pixels over a binary grey map (PGM, "P5", 8 bits, no comments), computed in f32 and rounded half up.
 * Pixels beyond the border repeat the border.
 *
 *   blur(pgm)    weights 0.0625 0.125 0.0625 / 0.125 0.25 0.125 / …, then 0.9 of it plus 0.1 of the pixel
 *   edges(pgm)   length of the Sobel gradient, at most 255
 *
 * What is no such picture is answered with nothing.
 */
#include "../ipvm.h"

typedef struct {
  const u8 *pixels;
  u32 width, height, header; /* header: bytes before the pixels */
} Picture;

static int read_number(const u8 *data, u32 len, u32 *at, u32 *value) {
  u32 start = *at;
  *value = 0;
  while (*at < len && data[*at] >= '0' && data[*at] <= '9' && *at - start < 5)
    *value = *value * 10 + (data[(*at)++] - '0');
  if (*at == start || *at >= len || (data[*at] != ' ' && data[*at] != '\n')) return 0;
  ++*at;
  return 1;
}

static int read_picture(const u8 *data, u32 len, Picture *picture) {
  u32 at = 3, white;
  if (len < 3 || data[0] != 'P' || data[1] != '5' || (data[2] != '\n' && data[2] != ' ')) return 0;
  if (!read_number(data, len, &at, &picture->width) || !read_number(data, len, &at, &picture->height)) return 0;
  if (!read_number(data, len, &at, &white) || white != 255) return 0;
  if (picture->width == 0 || picture->height == 0) return 0;
  picture->header = at;
  picture->pixels = data + at;
  return (u64)picture->width * picture->height == (u64)len - at;
}

/* The picture as f32, with a border of one pixel repeated all around, so that the filters need no cases. */
static float *pad(const Picture *p) {
  u32 stride = p->width + 2;
  float *padded = ipvm_alloc(stride * (p->height + 2) * 4);
  for (u32 y = 0; y < p->height + 2; y++) {
    u32 from = y == 0 ? 0 : y > p->height ? p->height - 1 : y - 1;
    const u8 *row = p->pixels + from * p->width;
    float *to = padded + y * stride;
    for (u32 x = 0; x < p->width; x++) to[x + 1] = (float)row[x];
    to[0] = to[1];
    to[p->width + 1] = to[p->width];
  }
  return padded;
}

static u8 to_pixel(float value) { return value > 255.0f ? 255 : (u8)(value + 0.5f); }

static u8 *begin_answer(const u8 *data, u32 len, const Picture *p) {
  u8 *out = ipvm_alloc(len);
  ipvm_copy(out, data, p->header);
  return out;
}

IPVM_EXPORT(blur) Bytes blur(const u8 *data, u32 len) {
  Picture p;
  if (!read_picture(data, len, &p)) return 0;
  u8 *out = begin_answer(data, len, &p), *pixel = out + p.header;
  const float *padded = pad(&p);
  u32 stride = p.width + 2;
  for (u32 y = 0; y < p.height; y++) {
    for (u32 x = 0; x < p.width; x++) {
      const float *a = padded + y * stride + x, *b = a + stride, *c = b + stride;
      float corners = (a[0] + a[2]) + (c[0] + c[2]);
      float sides = (a[1] + c[1]) + (b[0] + b[2]);
      float smooth = (corners * 0.0625f + sides * 0.125f) + b[1] * 0.25f;
      *pixel++ = to_pixel(smooth * 0.9f + b[1] * 0.1f);
    }
  }
  return ipvm_bytes(out, len);
}

IPVM_EXPORT(edges) Bytes edges(const u8 *data, u32 len) {
  Picture p;
  if (!read_picture(data, len, &p)) return 0;
  u8 *out = begin_answer(data, len, &p), *pixel = out + p.header;
  const float *padded = pad(&p);
  u32 stride = p.width + 2;
  for (u32 y = 0; y < p.height; y++) {
    for (u32 x = 0; x < p.width; x++) {
      const float *a = padded + y * stride + x, *b = a + stride, *c = b + stride;
      float across = (a[2] + 2.0f * b[2] + c[2]) - (a[0] + 2.0f * b[0] + c[0]);
      float down = (c[0] + 2.0f * c[1] + c[2]) - (a[0] + 2.0f * a[1] + a[2]);
      *pixel++ = to_pixel(__builtin_sqrtf(across * across + down * down));
    }
  }
  return ipvm_bytes(out, len);
}
