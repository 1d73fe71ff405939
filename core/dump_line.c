/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a dump on the console. */
#include "core/dump_line.h"

#include "core/console.h"
#include "core/crc32.h"
#include "core/lib.h"

void dump_line(const char *fmt, ...)
{
	char line[DUMP_LINE + sizeof(" crc=12345678")];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = MIN((size_t)vsnprintf(line, DUMP_LINE + 1, fmt, ap), (size_t)DUMP_LINE);
	va_end(ap);
	snprintf(line + n, sizeof(line) - n, " crc=%08x", crc32(0, line, n));
	console_line(line);
}

void dump_base64(char *to, const void *from, size_t bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = from;

	for (const uint8_t *end = p + bytes; p < end; p += 3) {
		uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		for (int i = 18; i >= 0; i -= 6)
			*to++ = digits[bits >> i & 63];
	}
	*to = 0;
}
