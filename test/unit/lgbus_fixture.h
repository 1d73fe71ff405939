/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest with a console, a RAM disk and an entropy device on its lguest bus, and nothing else. */
#ifndef GATEHOUSE_TEST_UNIT_LGBUS_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_LGBUS_FIXTURE_H

#include "core/guest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/ramdisk.h"
#include "core/sched.h"
#include "core/virq.h"
#include "core/virtio/blk.h"

#define RAM   0x4000u
#define PAGES 16u
#define DISK  0x2000u

static struct config_guest config = {.name = "g"};
static struct guest *g;
static struct ramdisk ramdisk;
static struct virtio_blk blk;
static uint32_t disk_memory[DISK / 4];
static bool has_failed;
static unsigned raised, printed, room;

void guest_fail(struct guest *dead, const char *fmt, ...)
{
	(void)fmt;
	has_failed = true;
	dead->state = GUEST_DEAD;
}

void latency_breathe(void)
{
}

static unsigned woken;

void sched_woken(struct guest *awake)
{
	(void)awake;
	woken++;
}

void sched_consider(struct guest *maybe)
{
	(void)maybe;
}

void sched_stopped(struct guest *asleep)
{
	(void)asleep;
}

void virq_raise(struct guest *to, unsigned n)
{
	(void)to;
	raised |= 1u << n;
}

void virq_lower(struct guest *to, unsigned n)
{
	(void)to;
	raised &= ~(1u << n);
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

/* Reads every byte, so that one outside of the guest's memory is found. */
uint32_t console_write(struct console_port *p, const char *text, uint32_t bytes)
{
	uint32_t n = MIN(bytes, room);
	volatile char sink = 0;

	(void)p;
	for (uint32_t i = 0; i < n; i++)
		sink = text[i];
	(void)sink;
	printed += n;
	room -= n;
	return n;
}

uint32_t console_write_text(struct console_port *p, const char *text, uint32_t bytes)
{
	return console_write(p, text, bytes);
}

uint32_t trace_mask;

void trace_record(uint32_t what, uint32_t a, uint32_t b)
{
	(void)what;
	(void)a;
	(void)b;
}

bool console_has_room(const struct console_port *p)
{
	(void)p;
	return room > 0;
}

bool console_has_input(const struct console_port *p)
{
	(void)p;
	return false;
}

uint32_t console_read(struct console_port *p, char *to, uint32_t bytes)
{
	(void)p;
	(void)to;
	(void)bytes;
	return 0;
}

static inline void fake_fill(void *to, uint32_t bytes)
{
	memset(to, 0x55, bytes);
}

/* A life begins; memory ends exactly where the guest's does. */
static inline void begin(void)
{
	static const struct vmem none;

	g = aligned_alloc(_Alignof(struct guest), sizeof(*g));
	memset(g, 0, sizeof(*g));
	g->config = &config;
	ramdisk_init(&ramdisk, disk_memory, DISK, false);
	virtio_console_init(&g->devices.console, &none, &devices_console_ends, &g->console);
	devices_add(g, &g->devices.console.device);
	virtio_blk_init(&blk, &none, &ramdisk.disk, "disk");
	devices_add(g, &blk.device);
	virtio_rng_init(&g->devices.rng, &none, fake_fill);
	devices_add(g, &g->devices.rng.device);
	g->ram_bytes = RAM;
	g->mem_bytes = RAM + devices_bus_pages(g) * PAGE_SIZE;
	g->base = (hpa_t)(uintptr_t)calloc(1, g->mem_bytes);
	g->state = GUEST_RUNNING;
	devices_waited_for = 0;
	has_failed = false;
	raised = printed = 0;
	room = 100000;
	devices_init(g);
}

static inline void end(void)
{
	while (!devices_let_go(g))
		;
	free(guest_memory(g));
	free(g);
}

#endif
