/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's own virtio devices: PCI transport, the driver's side (virtio 1.0, 4.1). */
#include "drivers/host_virtio.h"

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#include "arch/x86/io.h"
#include "core/delay.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/log.h"

#define VENDOR               0x1AF4u /* 4.1.2 */
#define PRODUCT_MODERN       0x1040u /* and the type */
#define PRODUCT_TRANSITIONAL 0x1000u

#define RESET_POLLS      50u
#define RESET_POLL_US    10000u
#define GENERATION_TRIES 8u
#define QUEUE_MIN        4u
#define AREA_MAX         KIB(16) /* of a notify area: more is of queues that are not used */

/* Addresses are physical ones without a translation, which is what both bits allow for (6). */
#define TRANSPORT_FEATURES                                                                         \
	(1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_F_ACCESS_PLATFORM |                           \
	 1ull << VIRTIO_F_ORDER_PLATFORM)

/* Register accesses are slow anyway: inlined, these two would be a third of the file. */
static __attribute__((noinline)) uint32_t get(const struct host_virtio_area *a, uint32_t offset,
					      unsigned bytes)
{
	if (offset + bytes > a->bytes)
		return 0;
	if (!a->mem) {
		uint16_t port = (uint16_t)(a->port + offset);

		return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
	}
	return bytes == 1   ? mmio_read8(a->mem + offset)
	       : bytes == 2 ? mmio_read16(a->mem + offset)
			    : mmio_read32(a->mem + offset);
}

static __attribute__((noinline)) void put(const struct host_virtio_area *a, uint32_t offset,
					  unsigned bytes, uint32_t value)
{
	uint16_t port = (uint16_t)(a->port + offset);

	if (offset + bytes > a->bytes)
		return;
	if (a->mem && bytes == 1)
		mmio_write8(a->mem + offset, (uint8_t)value);
	else if (a->mem && bytes == 2)
		mmio_write16(a->mem + offset, (uint16_t)value);
	else if (a->mem)
		mmio_write32(a->mem + offset, value);
	else if (bytes == 1)
		outb(port, (uint8_t)value);
	else if (bytes == 2)
		outw(port, (uint16_t)value);
	else
		outl(port, value);
}

void host_virtio_log(const struct host_virtio *v, const char *what)
{
	log_error("%s at %02x:%02x.%u: %s", v->name, v->pci->bus, v->pci->device, v->pci->function,
		  what);
}

static bool refuse(const struct host_virtio *v, const char *why)
{
	host_virtio_log(v, why);
	return false;
}

/* ---- where the registers are ------------------------------------------------- */

bool host_virtio_matches(const struct pci_function *f, unsigned type)
{
	return f->vendor == VENDOR && (f->product == PRODUCT_MODERN + type ||
				       f->product == PRODUCT_TRANSITIONAL + type - 1);
}

/* bytes from offset of a BAR; false: they are not there. */
static bool map_area(struct host_virtio_area *a, const struct pci_bar *bar, uint32_t offset,
		     uint32_t bytes)
{
	if (!bar->base || !bytes || offset > bar->bytes || bytes > bar->bytes - offset)
		return false;
	*a = (struct host_virtio_area){.port = (uint16_t)(bar->base + offset)};
	if (!bar->is_io)
		a->mem = mmio_map(bar->base + offset, MIN(bytes, AREA_MAX));
	if (!bar->is_io && !a->mem)
		return false;
	a->bytes = MIN(bytes, AREA_MAX);
	return true;
}

static struct host_virtio_area *area_of_type(struct host_virtio *v, unsigned type)
{
	switch (type) {
	case VIRTIO_PCI_CAP_COMMON_CFG:
		return &v->common;
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		return &v->notify;
	case VIRTIO_PCI_CAP_ISR_CFG:
		return &v->isr;
	case VIRTIO_PCI_CAP_DEVICE_CFG:
		return &v->device;
	default:
		return NULL;
	}
}

/* The first capability of each type that is good is the one to use (4.1.4.1). */
static void use_capability(struct host_virtio *v, unsigned cap)
{
	unsigned type = pci_read8(v->pci, cap + VIRTIO_PCI_CAP_CFG_TYPE);
	unsigned n = pci_read8(v->pci, cap + VIRTIO_PCI_CAP_BAR);
	struct host_virtio_area *a = area_of_type(v, type);
	struct pci_bar bar;

	if (!a || a->bytes || n >= PCI_STD_NUM_BARS)
		return;
	bar = pci_bar(v->pci, n);
	if (map_area(a, &bar, pci_read32(v->pci, cap + VIRTIO_PCI_CAP_OFFSET),
		     pci_read32(v->pci, cap + VIRTIO_PCI_CAP_LENGTH)) &&
	    type == VIRTIO_PCI_CAP_NOTIFY_CFG)
		v->notify_multiplier = pci_read32(v->pci, cap + VIRTIO_PCI_NOTIFY_CAP_MULT);
}

static bool find_modern(struct host_virtio *v)
{
	unsigned cap = 0;

	for (unsigned i = 0; i < 16; i++) { /* more than there are types, in case of a loop */
		cap = pci_find_capability(v->pci, PCI_CAP_ID_VNDR, cap);
		if (!cap)
			break;
		use_capability(v, cap);
	}
	return v->common.bytes >= VIRTIO_PCI_COMMON_Q_USEDHI + 4 && v->notify.bytes && v->isr.bytes;
}

static bool find_legacy(struct host_virtio *v)
{
	struct pci_bar bar = pci_bar(v->pci, 0);
	uint32_t own = VIRTIO_PCI_CONFIG_OFF(false);

	return bar.is_io && map_area(&v->common, &bar, 0, bar.bytes) &&
	       map_area(&v->device, &bar, own, bar.bytes - own);
}

int host_virtio_open(struct host_virtio *v, const struct pci_function *f, const char *name)
{
	*v = (struct host_virtio){.pci = f, .name = name};
	v->is_modern = find_modern(v);
	if (!v->is_modern && !find_legacy(v)) {
		refuse(v, "no registers where virtio 1.0 or 0.9 has them; not used");
		return -EIO;
	}
	pci_enable(f);
	return 0;
}

/* ---- status ------------------------------------------------------------------ */

static unsigned status_at(const struct host_virtio *v)
{
	return v->is_modern ? VIRTIO_PCI_COMMON_STATUS : VIRTIO_PCI_STATUS;
}

static void add_status(struct host_virtio *v, unsigned bits)
{
	put(&v->common, status_at(v), 1, get(&v->common, status_at(v), 1) | bits);
}

bool host_virtio_is_reset(const struct host_virtio *v)
{
	return get(&v->common, status_at(v), 1) == 0;
}

bool host_virtio_reset(const struct host_virtio *v)
{
	put(&v->common, status_at(v), 1, 0);
	return host_virtio_is_reset(v);
}

bool host_virtio_needs_reset(const struct host_virtio *v)
{
	return v->is_modern && get(&v->common, status_at(v), 1) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

static bool reset_and_wait(const struct host_virtio *v)
{
	bool done = host_virtio_reset(v);

	for (unsigned i = 0; i < RESET_POLLS && !done; i++) {
		delay_us(RESET_POLL_US);
		done = host_virtio_is_reset(v);
	}
	return done;
}

void host_virtio_cut_off(const struct host_virtio *v)
{
	pci_write16(v->pci, PCI_COMMAND,
		    pci_read16(v->pci, PCI_COMMAND) & (uint16_t)~PCI_COMMAND_MASTER);
}

void host_virtio_close(const struct host_virtio *v)
{
	if (!reset_and_wait(v))
		host_virtio_cut_off(v);
}

/* ---- features ---------------------------------------------------------------- */

static uint64_t offered(const struct host_virtio *v)
{
	uint64_t low;

	if (!v->is_modern)
		return get(&v->common, VIRTIO_PCI_HOST_FEATURES, 4);
	put(&v->common, VIRTIO_PCI_COMMON_DFSELECT, 4, 0);
	low = get(&v->common, VIRTIO_PCI_COMMON_DF, 4);
	put(&v->common, VIRTIO_PCI_COMMON_DFSELECT, 4, 1);
	return (uint64_t)get(&v->common, VIRTIO_PCI_COMMON_DF, 4) << 32 | low;
}

static bool accept_modern(struct host_virtio *v)
{
	if (!(v->features >> VIRTIO_F_VERSION_1 & 1))
		return refuse(v, "does not offer virtio 1.0; not used");
	for (unsigned half = 0; half < 2; half++) {
		put(&v->common, VIRTIO_PCI_COMMON_GFSELECT, 4, half);
		put(&v->common, VIRTIO_PCI_COMMON_GF, 4, (uint32_t)(v->features >> 32 * half));
	}
	add_status(v, VIRTIO_CONFIG_S_FEATURES_OK);
	if (!(get(&v->common, VIRTIO_PCI_COMMON_STATUS, 1) & VIRTIO_CONFIG_S_FEATURES_OK))
		return refuse(v, "wants features the driver has not; not used");
	return true;
}

int host_virtio_begin(struct host_virtio *v, uint64_t wanted)
{
	if (!host_virtio_is_reset(v) && !reset_and_wait(v)) {
		refuse(v, "its reset does not end; not used");
		return -EIO;
	}
	add_status(v, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	add_status(v, VIRTIO_CONFIG_S_DRIVER);
	v->features = offered(v) & (wanted | TRANSPORT_FEATURES);
	if (v->is_modern)
		return accept_modern(v) ? 0 : -EIO;
	put(&v->common, VIRTIO_PCI_GUEST_FEATURES, 4, (uint32_t)v->features);
	return 0;
}

/* ---- queues ------------------------------------------------------------------ */

static uint16_t select_queue(const struct host_virtio *v, unsigned queue)
{
	put(&v->common, v->is_modern ? VIRTIO_PCI_COMMON_Q_SELECT : VIRTIO_PCI_QUEUE_SEL, 2, queue);
	return (uint16_t)get(&v->common,
			     v->is_modern ? VIRTIO_PCI_COMMON_Q_SIZE : VIRTIO_PCI_QUEUE_NUM, 2);
}

/* Only a modern device takes a size smaller than its own. */
uint16_t host_virtio_queue_size(struct host_virtio *v, unsigned queue)
{
	uint32_t num = select_queue(v, queue);

	if (v->is_modern)
		num = MIN(num, HOST_RING_MAX);
	if (num >= QUEUE_MIN && num <= HOST_RING_MAX && !(num & (num - 1)))
		return (uint16_t)num;
	refuse(v, "a queue's size is not a power of two, 4 to 256; not used");
	return 0;
}

static void put_address(const struct host_virtio *v, unsigned offset, const volatile void *at)
{
	put(&v->common, offset, 4, (uintptr_t)at);
	put(&v->common, offset + 4, 4, 0);
}

static bool start_modern(struct host_virtio *v, struct host_virtio_queue *q)
{
	uint32_t index = get(&v->common, VIRTIO_PCI_COMMON_Q_NOFF, 2);

	if (v->notify.bytes < 2 || (uint64_t)index * v->notify_multiplier > v->notify.bytes - 2)
		return refuse(v, "a queue's notification lies outside of its registers; not used");
	q->notify_at = index * v->notify_multiplier;
	put(&v->common, VIRTIO_PCI_COMMON_Q_SIZE, 2, q->ring.num);
	put_address(v, VIRTIO_PCI_COMMON_Q_DESCLO, q->ring.desc);
	put_address(v, VIRTIO_PCI_COMMON_Q_AVAILLO, q->ring.avail);
	put_address(v, VIRTIO_PCI_COMMON_Q_USEDLO, q->ring.used);
	put(&v->common, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
	return true;
}

int host_virtio_queue_start(struct host_virtio *v, unsigned queue, void *memory, uint16_t num,
			    uint16_t stride, uint16_t slots)
{
	struct host_virtio_queue *q = &v->queues[queue];

	host_ring_init(&q->ring, memory, num, stride, slots);
	select_queue(v, queue);
	if (v->is_modern)
		return start_modern(v, q) ? 0 : -EIO;
	put(&v->common, VIRTIO_PCI_QUEUE_PFN, 4, (uintptr_t)memory >> VIRTIO_PCI_QUEUE_ADDR_SHIFT);
	return 0;
}

void host_virtio_run(struct host_virtio *v)
{
	add_status(v, VIRTIO_CONFIG_S_DRIVER_OK);
}

void host_virtio_notify(struct host_virtio *v, unsigned queue)
{
	struct host_virtio_queue *q = &v->queues[queue];

	if (!host_ring_wants_notice(&q->ring))
		return;
	if (v->is_modern)
		put(&v->notify, q->notify_at, 2, queue);
	else
		put(&v->common, VIRTIO_PCI_QUEUE_NOTIFY, 2, queue);
}

/* ---- interrupts and configuration --------------------------------------------- */

uint8_t host_virtio_interrupt(const struct host_virtio *v)
{
	return (uint8_t)(v->is_modern ? get(&v->isr, 0, 1) : get(&v->common, VIRTIO_PCI_ISR, 1));
}

static uint64_t read_field(const struct host_virtio_area *a, unsigned offset, unsigned bytes)
{
	if (bytes == 8)
		return (uint64_t)get(a, offset + 4, 4) << 32 | get(a, offset, 4);
	return get(a, offset, bytes);
}

static uint32_t generation(const struct host_virtio *v)
{
	return v->is_modern ? get(&v->common, VIRTIO_PCI_COMMON_CFGGENERATION, 1) : 0;
}

/* A new generation means that the device changed it in between (4.1.4.3.1); legacy has none. */
uint64_t host_virtio_config(const struct host_virtio *v, unsigned offset, unsigned bytes)
{
	uint32_t before = generation(v), after = before;
	uint64_t value = 0;

	for (unsigned tries = 0; tries < GENERATION_TRIES; tries++) {
		before = after;
		value = read_field(&v->device, offset, bytes);
		after = generation(v);
		if (after == before)
			break;
	}
	return value;
}
