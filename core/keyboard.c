/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's keyboard: from the controller's interrupt to typed bytes. */
#include "core/keyboard.h"

#include "arch/x86/interrupts.h"
#include "core/log.h"
#include "core/util.h"
#include "drivers/ps2.h"
#include "drivers/ps2_keys.h"

#define TYPED_BYTES 64u /* a power of two */
#define POLL_BYTES  16u /* in one go; while more wait, the interrupt comes again */

static struct ps2_keys keys;
static uint32_t source;
static char typed[TYPED_BYTES];
static unsigned head, tail;

void keyboard_init(void)
{
	int n;

	if (!ps2_init())
		return;
	n = interrupts_add_isa(PS2_KEYBOARD_LINE);
	if (n < 0) {
		log_warn("keyboard: not used: ISA interrupt line 1 is not to be had");
		return;
	}
	source = 1u << n;
	log_info("keyboard: PS/2, US layout");
	keyboard_poll(); /* a byte that came before the interrupt was let through */
}

uint32_t keyboard_sources(void)
{
	return source;
}

/* What finds no room is lost: nobody reads. */
static void take(uint8_t byte)
{
	char text[PS2_KEYS_TEXT];
	unsigned n = ps2_keys_take(&keys, byte, text);

	if (n > TYPED_BYTES - (head - tail))
		return;
	for (unsigned i = 0; i < n; i++)
		typed[head++ % TYPED_BYTES] = text[i];
}

void keyboard_poll(void)
{
	int byte;

	for (unsigned i = 0; source && i < POLL_BYTES && (byte = ps2_read()) >= 0; i++)
		take((uint8_t)byte);
}

int keyboard_getc(void)
{
	return head == tail ? -1 : (uint8_t)typed[tail++ % TYPED_BYTES];
}
