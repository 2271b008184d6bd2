/*
 * Long numbers in C++ templates; decimal text in, decimal text out.
 *
 *   digits(n)      π to n places, 0 ≤ n ≤ 2000, by Machin's formula
 *   factorial(n)   n!, 0 ≤ n ≤ 1000
 *
 * What is no number in that range is answered with `error: <what>`.
 */
#include "../ipvm.h"

// A natural number below 10^(9·Limbs), the lowest limb first.
template <u32 Limbs> class Natural {
  static constexpr u32 BASE = 1000000000;
  u32 limbs[Limbs];

public:
  explicit Natural(u32 value) {
    for (u32 i = 0; i < Limbs; i++) limbs[i] = 0;
    limbs[0] = value % BASE, limbs[1] = value / BASE;
  }

  bool isZero() const {
    for (u32 limb : limbs)
      if (limb) return false;
    return true;
  }

  Natural &operator+=(const Natural &other) {
    u32 carry = 0;
    for (u32 i = 0; i < Limbs; i++) {
      u32 sum = limbs[i] + other.limbs[i] + carry;
      carry = sum >= BASE;
      limbs[i] = carry ? sum - BASE : sum;
    }
    return *this;
  }

  Natural &operator-=(const Natural &other) {
    u32 borrow = 0;
    for (u32 i = 0; i < Limbs; i++) {
      u32 take = other.limbs[i] + borrow;
      borrow = limbs[i] < take;
      limbs[i] = limbs[i] + (borrow ? BASE : 0) - take;
    }
    return *this;
  }

  Natural &operator*=(u32 factor) {
    u64 carry = 0;
    for (u32 i = 0; i < Limbs; i++) {
      carry += (u64)limbs[i] * factor;
      limbs[i] = (u32)(carry % BASE);
      carry /= BASE;
    }
    return *this;
  }

  Natural &operator/=(u32 divisor) {
    u64 rest = 0;
    for (u32 i = Limbs; i-- > 0;) {
      rest = rest * BASE + limbs[i];
      limbs[i] = (u32)(rest / divisor);
      rest %= divisor;
    }
    return *this;
  }

  // Decimal digits without leading zeros, at least `least` of them.
  void write(Text &out, u32 least) const {
    bool started = false;
    for (u32 i = Limbs; i-- > 0;) {
      for (u32 unit = BASE / 10, place = 9; unit; unit /= 10, place--) {
        u32 digit = limbs[i] / unit % 10;
        started = started || digit || i * 9 + place <= least;
        if (started) text_byte(&out, (u8)('0' + digit));
      }
    }
  }
};

template <u32 Limbs> Natural<Limbs> power10(u32 exponent) {
  Natural<Limbs> result(1);
  while (exponent--) result *= 10;
  return result;
}

// arctan(1/x) · unit, term by term: 1/x − 1/3x³ + 1/5x⁵ − …
template <u32 Limbs> Natural<Limbs> arctan(const Natural<Limbs> &unit, u32 x) {
  Natural<Limbs> power = unit, sum(0);
  power /= x;
  for (u32 k = 0; !power.isZero(); k++) {
    Natural<Limbs> term = power;
    term /= 2 * k + 1;
    if (k % 2) sum -= term;
    else sum += term;
    power /= x * x;
  }
  return sum;
}

static bool readNumber(const u8 *text, u32 len, u32 most, u32 &value) {
  value = 0;
  if (len == 0 || len > 4) return false;
  for (u32 i = 0; i < len; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  return value <= most;
}

static Bytes refuse() {
  Text out = {};
  text_string(&out, "error: not a number in range");
  return text_answer(&out);
}

IPVM_EXPORT(digits) Bytes digits(const u8 *text, u32 len) {
  constexpr u32 guard = 10, limbs = (2000 + guard) / 9 + 2;
  u32 places;
  if (!readNumber(text, len, 2000, places)) return refuse();
  auto unit = power10<limbs>(places + guard);
  auto pi = arctan(unit, 5);
  pi *= 4;
  pi -= arctan(unit, 239);
  pi *= 4;
  for (u32 i = 0; i < guard; i++) pi /= 10;
  Text whole = {}, out = {};
  pi.write(whole, places + 1);
  text_byte(&out, whole.data[0]);
  if (places) text_byte(&out, '.');
  for (u32 i = 1; i < whole.len; i++) text_byte(&out, whole.data[i]);
  return text_answer(&out);
}

IPVM_EXPORT(factorial) Bytes factorial(const u8 *text, u32 len) {
  u32 n;
  if (!readNumber(text, len, 1000, n)) return refuse();
  Natural<290> product(1);
  for (u32 i = 2; i <= n; i++) product *= i;
  Text out = {};
  product.write(out, 1);
  return text_answer(&out);
}
