/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8254 timer: channel 2 a stopwatch, channel 0 an alarm. */
#include "arch/x86/io.h"
#include "drivers/pit8254.h"

#define PIT_CHANNEL_0 0x40
#define PIT_CHANNEL_2 0x42
#define PIT_CONTROL   0x43
#define PORT_B        0x61

#define CONTROL_CH0_LOHI_MODE0 0x30
#define CONTROL_CH0_STATUS     0xE2 /* the next read of the channel gives its status */
#define STATUS_OUT             0x80
#define CONTROL_CH2_LOHI_MODE0 0xB0 /* OUT falls now and rises at zero */
#define CONTROL_CH2_LATCH      0x80
#define PORT_B_GATE2           0x01
#define PORT_B_SPEAKER         0x02
#define PORT_B_WRITABLE        0x0F
#define PORT_B_OUT2            0x20

/*
 * The shortest poll is some 10 ns (an emulator with a virtual clock), so a
 * tick of 838 ns takes at most 100 polls, and this many must see some ticks.
 */
#define POLLS_PER_CHECK 8192u
#define MAX_CHECKS      4096u

#define MIN_NS 1000u

/* 2^32 * PIT_HZ / 10^9, rounded */
#define TICKS_PER_NS_32 5124678u
/* 2^16 * 10^9 / PIT_HZ, rounded */
#define NS_PER_TICK_16 54925401u

uint32_t pit_ns_to_ticks(uint32_t ns)
{
	return (uint32_t)(((uint64_t)ns * TICKS_PER_NS_32 + (1u << 31)) >> 32);
}

uint32_t pit_ticks_to_ns(uint32_t ticks)
{
	return (uint32_t)(((uint64_t)ticks * NS_PER_TICK_16 + (1u << 15)) >> 16);
}

static uint16_t read_count(void)
{
	uint8_t low;

	outb(PIT_CONTROL, CONTROL_CH2_LATCH);
	low = inb(PIT_CHANNEL_2);
	return (uint16_t)(inb(PIT_CHANNEL_2) << 8 | low);
}

static bool is_out_high(void)
{
	return inb(PORT_B) & PORT_B_OUT2;
}

static bool poll_out(void)
{
	for (unsigned i = 0; i < POLLS_PER_CHECK; i++)
		if (is_out_high())
			return true;
	return false;
}

/* Between checks the count must fall; a standing or wrapped one will never raise OUT. */
static bool wait_out(void)
{
	uint16_t before = read_count();

	for (unsigned i = 0; i < MAX_CHECKS; i++) {
		uint16_t now;

		if (poll_out())
			return true;
		now = read_count();
		if (now >= before)
			return is_out_high();
		before = now;
	}
	return false;
}

/* OUT is low now at the latest: some emulators do not lower it at the control word. */
static void start(uint32_t ticks)
{
	outb(PIT_CHANNEL_2, (uint8_t)ticks);
	outb(PIT_CHANNEL_2, (uint8_t)(ticks >> 8));
}

bool pit_wait_ns(uint32_t ns, uint32_t *elapsed_ns, uint64_t *counter_elapsed,
		 uint64_t (*read_counter)(void))
{
	uint8_t saved = inb(PORT_B) & PORT_B_WRITABLE;
	uint64_t before;
	uint16_t count;
	bool is_done;

	if (ns < MIN_NS || ns > PIT_MAX_NS)
		return false;
	outb(PORT_B, (uint8_t)((saved & ~PORT_B_SPEAKER) | PORT_B_GATE2));
	outb(PIT_CONTROL, CONTROL_CH2_LOHI_MODE0);
	start(pit_ns_to_ticks(ns));
	is_done = !is_out_high();
	count = read_count();
	before = read_counter();
	is_done = is_done && wait_out();
	count = (uint16_t)(count - read_count()); /* it goes on falling after zero */
	*counter_elapsed = read_counter() - before;
	*elapsed_ns = pit_ticks_to_ns(count);
	outb(PORT_B, saved);
	return is_done && count != 0;
}

void pit_alarm_set(uint32_t ns)
{
	uint32_t ticks = pit_ns_to_ticks(ns);

	outb(PIT_CONTROL, CONTROL_CH0_LOHI_MODE0);
	outb(PIT_CHANNEL_0, (uint8_t)ticks);
	outb(PIT_CHANNEL_0, (uint8_t)(ticks >> 8));
}

bool pit_alarm_is_due(void)
{
	outb(PIT_CONTROL, CONTROL_CH0_STATUS);
	return inb(PIT_CHANNEL_0) & STATUS_OUT;
}

/* It counts when both halves of a count have come. */
void pit_alarm_stop(void)
{
	outb(PIT_CONTROL, CONTROL_CH0_LOHI_MODE0);
}
