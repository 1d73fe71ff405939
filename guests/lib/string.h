/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory and string functions, and formatting, with their standard meanings. */
#ifndef GATEHOUSE_GUESTS_LIB_STRING_H
#define GATEHOUSE_GUESTS_LIB_STRING_H

#include "guests/lib/types.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

/*
 * %d %u %x %X %p %c %s %% with flags 0 and -, width, lengths l and ll.
 * Returns the length the whole text would have.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
