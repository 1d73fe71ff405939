/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the C library Gatehouse has of its own. Standard names and
 * meanings, so that host-built unit tests use the real ones.
 */
#ifndef GATEHOUSE_CORE_LIB_H
#define GATEHOUSE_CORE_LIB_H

#include <stdarg.h>
#include <stddef.h>

#include "core/util.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
/*
 * Short pieces of a length the compiler knows become moves. For others it would write a loop of
 * single bytes.
 */
#undef memcpy
#undef memset
#define memcpy(dst, src, n)                                                                        \
	(__builtin_constant_p(n) ? __builtin_memcpy(dst, src, n) : (memcpy)(dst, src, n))
#define memset(dst, byte, n)                                                                       \
	(__builtin_constant_p(n) ? __builtin_memset(dst, byte, n) : (memset)(dst, byte, n))

int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

/*
 * %d %i %u %x %X %p %c %s %% with flags 0 and -, width, precision (also *),
 * and the lengths hh h l ll z. Returns the length the whole text would have.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
