/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output to the early console. */
#ifndef GATEHOUSE_GUESTS_LIB_CONSOLE_H
#define GATEHOUSE_GUESTS_LIB_CONSOLE_H

#include "guests/lib/types.h"

/* Text is collected and sent a line at a time, each line one hypercall. */
int printf(const char *fmt, ...) PRINTF_LIKE(1, 2);
int vprintf(const char *fmt, va_list ap);

/* Sends an unfinished line. */
void console_flush(void);

#endif
