/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paging: 2level */
/* A guest that says back every line typed at its virtio console, until "quit". */
#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/irq.h"
#include "guests/lib/string.h"
#include "guests/lib/virtio_console.h"

#define LINE_MAX 100

static char line[LINE_MAX + 1];
static size_t line_len;

static void say(const char *text)
{
	virtio_console_write(text, strlen(text));
}

/* Returns false when it is time to go. */
static bool line_complete(void)
{
	char answer[LINE_MAX + 16];

	line[line_len] = '\0';
	line_len = 0;
	if (!strcmp(line, "quit")) {
		say("bye\r\n");
		return false;
	}
	snprintf(answer, sizeof(answer), "you said: %s\r\n", line);
	say(answer);
	return true;
}

static bool take_input(void)
{
	char buf[32];
	size_t len;

	while ((len = virtio_console_read(buf, sizeof(buf)))) {
		for (size_t i = 0; i < len; i++) {
			if (buf[i] != '\r' && buf[i] != '\n') {
				if (line_len < LINE_MAX)
					line[line_len++] = buf[i];
			} else if (line_len && !line_complete()) {
				return false;
			}
		}
	}
	return true;
}

void guest_main(void)
{
	if (!virtio_console_init()) {
		printf("no virtio console on the lguest bus\n");
		return;
	}
	say("type a line; \"quit\" ends it\r\n");
	irq_disable();
	/* Interrupts are off while looking, so input that comes in between ends the HALT at once.
	 */
	while (take_input()) {
		irq_halt();
		irq_disable();
	}
	shutdown(LGUEST_SHUTDOWN_POWEROFF, "echo is done");
}
