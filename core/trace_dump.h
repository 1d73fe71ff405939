/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switching the trace on and off, and writing it to the console as lines of
 * text, among others there may be:
 *
 *	trace: begin 1 cpu=0 events=E total=T tsc_khz=K slice=ADDRESS crc=XXXXXXXX
 *	trace: guest N NAME clock=ADDRESS hold=ADDRESS crc=XXXXXXXX
 *	trace: data N BASE64 crc=XXXXXXXX
 *	trace: end guests=G lines=L crc=XXXXXXXX
 *
 * 1 is the version of this form. data: events from number N on, struct
 * trace_event in little-endian order, oldest first. The addresses name timers:
 * TRACE_TIMER and TRACE_FIRED have them. crc: CRC-32 of the line before " crc=".
 * guests, lines: how many lines of guests and data there are.
 */
#ifndef GATEHOUSE_CORE_TRACE_DUMP_H
#define GATEHOUSE_CORE_TRACE_DUMP_H

#include "core/trace_words.h"
#include "core/types.h"

/* A dump is under way: trace_dump_step() has something to do. Nothing is recorded meanwhile. */
extern bool trace_is_dumping;

/* Records these kinds from now on; the ring's memory is taken once. -ENOMEM if there is none. */
int trace_switch(uint32_t kinds);

/* What is recorded, or will be when the dump is done. */
uint32_t trace_kinds(void);

/* Begins a dump. */
void trace_dump(void);

/* It is, the console has room for it and shows all, not one guest alone. */
bool trace_dump_can_go_on(void);

/* Writes a line if it can go on; from the main loop. */
void trace_dump_step(void);

/* What trace= asked for; the second before the machine stops. */
void trace_at_start(const struct trace_wish *wish);
void trace_at_end(void);

#endif
