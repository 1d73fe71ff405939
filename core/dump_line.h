/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a dump on the console: text, with a checksum each, among other lines. */
#ifndef GATEHOUSE_CORE_DUMP_LINE_H
#define GATEHOUSE_CORE_DUMP_LINE_H

#include "core/types.h"
#include "core/util.h"

/* Characters at most, without the checksum. */
#define DUMP_LINE 240

/* A line of the console with " crc=XXXXXXXX" behind it: CRC-32 of what is before. */
void dump_line(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* RFC 4648 of a multiple of 3 bytes, so there is no padding; to: bytes / 3 * 4 + 1. */
void dump_base64(char *to, const void *from, size_t bytes);

#endif
