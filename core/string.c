/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory and string functions of core/lib.h. */
#include "core/lib.h"

#include <stdint.h>

/* A word at any address, of any type. */
typedef uint32_t __attribute__((may_alias, aligned(1))) word_t;

/* Keeps the compiler from turning a loop in memcpy() into a call of memcpy(). */
static inline void not_an_idiom(void)
{
	__asm__ volatile("" : : : "memory");
}

static inline void copy_16(uint8_t *d, const uint8_t *s)
{
	((word_t *)d)[0] = ((const word_t *)s)[0];
	((word_t *)d)[1] = ((const word_t *)s)[1];
	((word_t *)d)[2] = ((const word_t *)s)[2];
	((word_t *)d)[3] = ((const word_t *)s)[3];
	not_an_idiom();
}

void *(memcpy)(void *restrict dst, const void *restrict src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;
	size_t words;

	for (; n >= 64; n -= 64, d += 64, s += 64) {
		copy_16(d, s);
		copy_16(d + 16, s + 16);
		copy_16(d + 32, s + 32);
		copy_16(d + 48, s + 48);
	}
	words = n / 4;
	n %= 4;
	__asm__ volatile("rep movsl" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
	return dst;
}

static void copy_backwards(uint8_t *dst, const uint8_t *src, size_t n)
{
	for (; n >= 4; n -= 4) {
		*(word_t *)(dst + n - 4) = *(const word_t *)(src + n - 4);
		not_an_idiom();
	}
	for (; n; n--) {
		dst[n - 1] = src[n - 1];
		not_an_idiom();
	}
}

static void copy_forwards(uint8_t *dst, const uint8_t *src, size_t n)
{
	for (; n >= 4; n -= 4, dst += 4, src += 4) {
		*(word_t *)dst = *(const word_t *)src;
		not_an_idiom();
	}
	for (; n; n--) {
		*dst++ = *src++;
		not_an_idiom();
	}
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src < n)
		copy_backwards(dst, src, n);
	else
		copy_forwards(dst, src, n);
	return dst;
}

void *(memset)(void *dst, int byte, size_t n)
{
	uint8_t *d = dst;
	uint32_t word = (uint8_t)byte * 0x01010101u;

	for (; n >= 32; n -= 32, d += 32) {
		((word_t *)d)[0] = word;
		((word_t *)d)[1] = word;
		((word_t *)d)[2] = word;
		((word_t *)d)[3] = word;
		((word_t *)d)[4] = word;
		((word_t *)d)[5] = word;
		((word_t *)d)[6] = word;
		((word_t *)d)[7] = word;
		not_an_idiom();
	}
	for (; n; n--) {
		*d++ = (uint8_t)byte;
		not_an_idiom();
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	for (; n < max && s[n]; n++)
		not_an_idiom();
	return n;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b)
			return (uint8_t)*a - (uint8_t)*b;
		if (!*a)
			break;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (!*s)
			return NULL;
	}
}
