/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gdb's packets (gdb manual, E.1 Overview): framing, checksums, hexadecimal. Pure. */
#ifndef GATEHOUSE_CORE_GDB_PACKET_H
#define GATEHOUSE_CORE_GDB_PACKET_H

#include "core/types.h"

#define GDB_PACKET 2048u /* a packet's text at most; what qSupported promises */

enum gdb_event {
	GDB_NOTHING,
	GDB_ARRIVED,  /* a packet is in in[] */
	GDB_BAD,      /* its checksum is wrong: to be sent again */
	GDB_TOO_LONG, /* it was whole, and is lost */
	GDB_BREAK,    /* Ctrl-C */
	GDB_RESEND,   /* our last packet arrived broken */
};

struct gdb_link {
	uint8_t state, sum, expected;
	bool no_ack;
	unsigned in_bytes; /* more than GDB_PACKET: too long */
	char in[GDB_PACKET + 1];
	unsigned out_bytes;
	bool is_ended;            /* out[] is a whole packet, which can be sent again */
	char out[GDB_PACKET + 4]; /* $text#xx */
};

/* Takes one received byte. After GDB_ARRIVED in[] ends with a NUL; binary data may have more. */
enum gdb_event gdb_receive(struct gdb_link *l, uint8_t byte);

/* A reply is begun, filled and ended; what does not fit is left out. */
void gdb_begin(struct gdb_link *l);
void gdb_put(struct gdb_link *l, const char *text);
void gdb_put_char(struct gdb_link *l, char c);
void gdb_put_number(struct gdb_link *l, uint32_t value);
void gdb_put_hex(struct gdb_link *l, const void *bytes, size_t count);
unsigned gdb_room(const struct gdb_link *l);
void gdb_end(struct gdb_link *l);

/* Reading: each moves *s behind what it took; false, and nothing taken, if it is not there. */
bool gdb_take(const char **s, const char *text);
bool gdb_take_number(const char **s, uint32_t *value); /* 1 to 8 hexadecimal digits */
bool gdb_take_byte(const char **s, uint8_t *byte);     /* exactly two */

/* Undoes the escapes of binary data in place; returns how many bytes are left. */
size_t gdb_unescape(char *data, size_t bytes);

#endif
