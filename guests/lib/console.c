/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output to the early console: NOTIFY with the address of a NUL-ended string. */
#include "guests/lib/console.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/string.h"

#define LINE_MAX 240

static char line[LINE_MAX + 2];
static unsigned line_len;

void console_flush(void)
{
	line[line_len] = '\0';
	if (line_len)
		hcall1(LHCALL_NOTIFY, virt_to_phys(line));
	line_len = 0;
}

int vprintf(const char *fmt, va_list ap)
{
	char text[LINE_MAX];
	int len = vsnprintf(text, sizeof(text), fmt, ap);

	for (const char *s = text; *s; s++) {
		line[line_len++] = *s;
		if (*s == '\n' || line_len == LINE_MAX)
			console_flush();
	}
	return len;
}

int printf(const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vprintf(fmt, ap);
	va_end(ap);
	return len;
}
