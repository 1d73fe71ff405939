/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The i8042 keyboard controller (IBM PS/2 Hardware Interface Technical Reference, keyboard). */
#include "drivers/ps2.h"

#include "arch/x86/io.h"
#include "core/delay.h"

#define DATA           0x60
#define STATUS         0x64 /* read */
#define COMMAND        0x64 /* write */
#define STATUS_OUTPUT  0x01 /* a byte can be read */
#define STATUS_INPUT   0x02 /* the last byte written is not taken yet */
#define STATUS_AUX     0x20 /* the byte is the second port's */
#define STATUS_NOTHING 0xFF /* of a port where nothing is */

#define READ_CONFIG  0x20
#define WRITE_CONFIG 0x60
#define AUX_OFF      0xA7
#define KEYBOARD_OFF 0xAD
#define KEYBOARD_ON  0xAE

#define CONFIG_IRQ          0x01
#define CONFIG_AUX_IRQ      0x02
#define CONFIG_KEYBOARD_OFF 0x10
#define CONFIG_AUX_OFF      0x20
#define CONFIG_TRANSLATE    0x40 /* set 2, which the keyboard sends, into set 1 */

#define SET_DEFAULTS 0xF6
#define ENABLE       0xF4
#define ACK          0xFA

#define STEP_US     10u
#define CHIP_STEPS  2000u /* 20 ms */
#define FLUSH_BYTES 32u

static bool wait_for(uint8_t bits, uint8_t value, unsigned steps)
{
	while ((inb(STATUS) & bits) != value) {
		if (steps-- == 0)
			return false;
		delay_us(STEP_US);
	}
	return true;
}

static bool command(uint8_t byte)
{
	if (!wait_for(STATUS_INPUT, 0, CHIP_STEPS))
		return false;
	outb(COMMAND, byte);
	return true;
}

static bool send(uint8_t byte)
{
	if (!wait_for(STATUS_INPUT, 0, CHIP_STEPS))
		return false;
	outb(DATA, byte);
	return true;
}

/* What was typed before, or a mouse moved. */
static void flush(void)
{
	for (unsigned i = 0; i < FLUSH_BYTES && inb(STATUS) & STATUS_OUTPUT; i++) {
		inb(DATA);
		delay_us(STEP_US);
	}
}

/* Without an answer there may be no keyboard, now: one that comes later sets its defaults itself.
 */
static void tell_keyboard(uint8_t byte)
{
	if (!send(byte))
		return;
	for (unsigned i = 0; i < FLUSH_BYTES && wait_for(STATUS_OUTPUT, STATUS_OUTPUT, CHIP_STEPS);
	     i++)
		if (inb(DATA) == ACK)
			return;
}

bool ps2_init(void)
{
	uint8_t config;

	if (inb(STATUS) == STATUS_NOTHING || !command(KEYBOARD_OFF) || !command(AUX_OFF))
		return false;
	flush();
	if (!command(READ_CONFIG) || !wait_for(STATUS_OUTPUT, STATUS_OUTPUT, CHIP_STEPS))
		return false;
	config = inb(DATA);
	config |= CONFIG_TRANSLATE | CONFIG_AUX_OFF;
	config &= (uint8_t) ~(CONFIG_IRQ | CONFIG_AUX_IRQ | CONFIG_KEYBOARD_OFF);
	if (!command(WRITE_CONFIG) || !send(config) || !command(KEYBOARD_ON))
		return false;
	tell_keyboard(SET_DEFAULTS);
	tell_keyboard(ENABLE);
	return command(WRITE_CONFIG) && send(config | CONFIG_IRQ);
}

int ps2_read(void)
{
	uint8_t status = inb(STATUS), byte;

	if (status == STATUS_NOTHING || !(status & STATUS_OUTPUT))
		return -1;
	byte = inb(DATA);
	return status & STATUS_AUX ? ACK : byte; /* which is no key */
}
