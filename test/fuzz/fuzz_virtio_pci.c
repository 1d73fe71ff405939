/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes a console behind the PCI transport: the input is a sequence of what a
 * guest can do. Each operation is eight bytes: what, size, where (2), value (4).
 */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/pci.c */
/* unit-sources: core/virtio/console.c */
#include "core/virtio/console.h"
#include "core/virtio/pci.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY 0x2000u
#define BUDGET 2048u
#define QUEUES 2u
#define RING   64u /* entries */

enum { CONFIG_READ, CONFIG_WRITE, BAR_READ, BAR_WRITE, POKE, WORK, TYPE, SINK, OPERATIONS };

static struct virtio_console console;
static struct virtio_pci pci;
static uint8_t *memory;
static uint32_t room, asked, typed;
static char seen; /* so that all that is written is read */

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* For ASan: both ends of what it is to read or write. */
static void touch(char *at, uint32_t bytes)
{
	if (!bytes)
		return;
	at[0] ^= 1;
	at[bytes - 1] ^= 1;
}

static uint32_t fake_write(void *port, const char *text, uint32_t bytes)
{
	uint32_t n = MIN(bytes, room);

	for (uint32_t i = 0; i < bytes; i++)
		seen ^= text[i];
	asked += bytes;
	room -= n;
	return n;
}

static bool fake_has_input(const void *port)
{
	return typed;
}

static uint32_t fake_read(void *port, char *to, uint32_t bytes)
{
	uint32_t n = MIN(bytes, typed);

	touch(to, bytes);
	memset(to, (int)typed, n);
	typed -= n;
	return n;
}

/* Who took less than all has no room. */
static bool fake_has_room(const void *port)
{
	return false;
}

static const struct virtio_console_ends ends = {fake_write, fake_has_room, fake_has_input,
						fake_read};

static void fake_interrupt(struct virtio_device *d)
{
	check(d == &console.device);
}

static void check_device(void)
{
	const struct virtio_device *d = &console.device;

	check(pci.device == d && d->owner == &console);
	check(asked <= BUDGET + 1); /* and an emergency write */
	for (unsigned q = 0; q < QUEUES; q++) {
		uint16_t num = d->queues[q].num;

		check(num && num <= RING && !(num & (num - 1)));
		check(!d->queues[q].ring.why); /* told */
	}
	asked = 0;
}

static void operate(const uint8_t *op)
{
	unsigned size = 1u << op[1] % 3;
	uint32_t mask = size == 4 ? ~0u : (1u << 8 * size) - 1, value;
	uint16_t at;

	memcpy(&at, op + 2, 2);
	memcpy(&value, op + 4, 4);
	switch (op[0] % OPERATIONS) {
	case CONFIG_READ:
		virtio_pci_config_read(&pci, at & 0xFC, size);
		break;
	case CONFIG_WRITE:
		virtio_pci_config_write(&pci, at & 0xFC, size, value & mask);
		break;
	case BAR_READ:
		check(!(virtio_pci_bar_read(&pci, at % VIRTIO_PCI_BAR_BYTES, size) & ~mask));
		break;
	case BAR_WRITE:
		virtio_pci_bar_write(&pci, at % VIRTIO_PCI_BAR_BYTES, size, value & mask);
		break;
	case POKE:
		memcpy(memory + at % (MEMORY - 4), &value, 4);
		break;
	case TYPE:
		typed = at % 256;
		break;
	case SINK:
		room = at;
		break;
	default:
		virtio_console_work(&console);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmem mem = {.bytes = MEMORY};

	memory = mem.base = calloc(1, MEMORY);
	memset(&console, 0, sizeof(console));
	virtio_console_init(&console, &mem, &ends, NULL);
	console.device.raise = fake_interrupt;
	console.device.owner = &console;
	virtio_pci_init(&pci, &console.device, 0xFEB00000, 1);
	pci.lower = fake_interrupt;
	typed = asked = 0;
	room = 4096;
	for (size_t i = 0; i + 8 <= size; i += 8) {
		operate(data + i);
		virtio_check(&console.device);
		check_device();
	}
	free(memory);
	return 0;
}
