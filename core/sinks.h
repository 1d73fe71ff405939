/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where console output ends up: a serial line, and the screen. */
#ifndef GATEHOUSE_CORE_SINKS_H
#define GATEHOUSE_CORE_SINKS_H

#include "core/types.h"

struct config;

/* Opens what the configuration names; what is absent is left out. */
void sinks_init(const struct config *cfg);

/* Never loses a byte: with the ring full it waits for the serial line. */
void sinks_write(const char *text, size_t bytes);

/* Bytes written that wait for the serial line; 0 without one. */
uint32_t sinks_queued(void);

/* What follows is in a colour: 1-6 as in SGR 31-36; 0: back to normal. */
void sinks_colour(unsigned colour);

/* Sends what the serial line takes now, without waiting. */
void sinks_pump(void);

/* After the serial line's interrupt, before reading from it. */
void sinks_ack_interrupt(void);

/* A typed byte, or -1. */
int sinks_getc(void);

/* Something waits for a serial line without an interrupt. */
bool sinks_must_poll(void);

/* Sends everything, waiting. */
void sinks_flush(void);

#endif
