/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's own log: a memory ring and every console sink. */
#include "core/log.h"

#include "core/clock.h"
#include "core/console.h"
#include "core/div64.h"
#include "core/lib.h"

#define LOG_LINE       400
#define PREVIOUS_LINES 40u
#define PREVIOUS       "previous boot: "
#define STAMP_CHARS    15 /* "[    0.000000] " */

static struct log_ring early; /* until log_keep() */
static struct log_ring *ring = &early;
static enum log_level sink_level = LOG_INFO;

void log_set_level(enum log_level level)
{
	sink_level = level;
}

static void remember(const char *line)
{
	if (!ring->magic)
		log_ring_init(ring);
	for (; *line; line++)
		log_ring_put(ring, *line);
	log_ring_put(ring, '\n');
}

/*
 * A guest can make us log as fast as it likes: with the sinks full, lines go
 * to the ring only, and their number is told later. Nothing waits.
 */
static void show(const char *line, bool is_error)
{
	static uint32_t unshown;
	char note[64];

	if (!console_log_fits(is_error)) {
		unshown++;
		return;
	}
	if (unshown) {
		snprintf(note, sizeof(note), "(%u log lines came too fast to be shown)", unshown);
		unshown = 0;
		console_line(note);
	}
	console_line(line);
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	static const char *const marks[] = {"error: ", "warning: ", "", ""};
	char line[LOG_LINE];
	uint32_t ns;
	uint32_t seconds = (uint32_t)div64_u32(clock_now_ns(), NSEC_PER_SEC, &ns);
	int n = snprintf(line, sizeof(line), "[%5u.%06u] %s", seconds, ns / 1000, marks[level]);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
	va_end(ap);
	remember(line);
	if (level <= sink_level)
		show(line, level == LOG_ERROR);
}

size_t log_read_tail(char *buf, size_t size)
{
	return log_ring_tail(ring, buf, size);
}

bool log_next_line(uint32_t *at, char *line, size_t size)
{
	if (*at == 0)
		*at = log_ring_find(ring, UINT32_MAX);
	return log_ring_line(ring, at, line, size);
}

static void show_previous(const struct log_ring *old)
{
	uint32_t at = log_ring_find(old, PREVIOUS_LINES);
	char line[LOG_LINE];

	while (log_ring_line(old, &at, line, sizeof(line)))
		if (strncmp(line + STAMP_CHARS, PREVIOUS, strlen(PREVIOUS)) != 0)
			log_info(PREVIOUS "%s", line); /* not what was previous then */
}

void log_keep(struct log_ring *kept, bool show)
{
	if (show && log_ring_is_whole(kept))
		show_previous(kept);
	*kept = *ring;
	ring = kept;
}
