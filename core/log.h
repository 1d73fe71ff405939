/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's own log: a memory ring and every console sink. */
#ifndef GATEHOUSE_CORE_LOG_H
#define GATEHOUSE_CORE_LOG_H

#include <stddef.h>

#include "core/log_ring.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* One call is one line; no newline in fmt. Any context, interrupts off. */
void log_printf(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_printf(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_printf(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_printf(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_printf(LOG_DEBUG, __VA_ARGS__)

/* Lines at this level and below reach the sinks; all reach the ring. */
void log_set_level(enum log_level level);

/* Copies the newest bytes of the ring, oldest first; returns how many. */
size_t log_read_tail(char *buf, size_t size);

/* The next line of the ring from *at, which is 0 to begin with; cut off at size. False: no more. */
bool log_next_line(uint32_t *at, char *line, size_t size);

/*
 * From now on the ring lies at *kept, which survives a warm reset. If it holds
 * the one of the boot before, that one's last lines are logged first (or not: show).
 */
void log_keep(struct log_ring *kept, bool show);

#endif
