/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's own disks and network cards: found, driven, listened to. */
#include "core/host_devices.h"

#include <linux/pci_regs.h>

#include "arch/x86/interrupts.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/delay.h"
#include "core/errno.h"
#include "core/frames.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/timerq.h"
#include "core/util.h"
#include "drivers/ahci.h"
#include "drivers/e1000.h"
#include "drivers/host_device.h"
#include "drivers/host_virtio_blk.h"
#include "drivers/host_virtio_net.h"
#include "drivers/ide.h"

#define DEVICES_MAX 16u

/* Frames of a card looked at in one go, and when it goes on: guests run in between. */
#define CARD_BUDGET   32u
#define CARD_AGAIN_NS 200000u

/* How often a device that cannot interrupt is looked at, and the others while they work. */
#define POLL_NS  1000000u
#define WATCH_NS 100000000u

/* When a source that was given up is let through again, to see whether it is quiet now. */
#define TRIAL_NS 5000000000u

/* What boot waits for a sector, far beyond what the drivers themselves allow. */
#define READ_US 60000000u
#define LOOK_US 20u

struct host_slot {
	struct host_device device;
	uint32_t sources; /* where it interrupts; 0: it cannot, and is polled */
	uint64_t ticked_ns;
};

/* One that boot waits for. */
struct boot_read {
	struct block_request request;
	struct block_segment segment;
	int result;
};

/* A disk as others see it: whoever gives it work has the watch running. */
struct host_disk {
	struct block_disk shown;
	struct block_disk *real;
};

static const struct host_driver *const drivers[] = {
	&ahci_driver, &ide_driver, &host_virtio_blk_driver, &host_virtio_net_driver, &e1000_driver,
};

static struct host_slot slots[DEVICES_MAX];
static unsigned slot_count;
static struct host_disk disks[HOST_DISKS_MAX];
static unsigned disk_count;
static struct nic *cards[HOST_CARDS_MAX];
static unsigned card_count;
static struct timer watch, again, trial;
static bool has_polled; /* a device that is looked at every POLL_NS */
static uint32_t stuck;  /* sources that were given up: their devices are polled */

static bool is_polled(const struct host_slot *s)
{
	return !(s->sources & ~stuck);
}

static bool is_waiting(const struct host_slot *s)
{
	return s->device.driver->is_waiting && s->device.driver->is_waiting(&s->device);
}

/* Until when the watch may sleep; 0: for ever. */
static uint32_t watch_period(void)
{
	uint32_t period = 0;

	for (unsigned i = 0; i < slot_count; i++) {
		const struct host_slot *s = &slots[i];

		if (is_polled(s) && (s->device.nic || is_waiting(s)))
			return POLL_NS;
		if (is_waiting(s))
			period = WATCH_NS;
	}
	return period;
}

static void arm_watch(void)
{
	uint32_t period = watch_period();
	uint64_t when = clock_now_ns() + period;

	if (period && (!timer_is_queued(&watch) || watch.deadline_ns > when))
		clock_add_timer(&boot_cpu, &watch, when);
}

static void poll_card(struct nic *n)
{
	if (n->ops->poll(n, CARD_BUDGET) && !timer_is_queued(&again))
		clock_add_timer(&boot_cpu, &again, clock_now_ns() + CARD_AGAIN_NS);
}

static void poll_cards(struct timer *t, uint64_t now_ns)
{
	(void)t;
	(void)now_ns;
	for (unsigned i = 0; i < card_count; i++)
		poll_card(cards[i]);
}

static bool look_at(struct host_slot *s)
{
	bool had_something = s->device.driver->interrupt(&s->device);

	if (s->device.nic)
		poll_card(s->device.nic);
	return had_something;
}

static void give_time(struct host_slot *s, uint64_t now_ns)
{
	if (!is_waiting(s) || !s->device.driver->tick || now_ns - s->ticked_ns < WATCH_NS)
		return;
	s->ticked_ns = now_ns;
	s->device.driver->tick(&s->device);
}

/* An interrupt can get lost, or never come: the devices are looked at as well. */
static void watch_expired(struct timer *t, uint64_t now_ns)
{
	(void)t;
	for (unsigned i = 0; i < slot_count; i++) {
		if (is_polled(&slots[i]) || is_waiting(&slots[i]))
			look_at(&slots[i]);
		give_time(&slots[i], now_ns);
	}
	arm_watch();
}

static void trial_begins(struct timer *t, uint64_t now_ns)
{
	stuck = 0;
	if (interrupts_try_stuck())
		clock_add_timer(&boot_cpu, t, now_ns + TRIAL_NS);
}

void host_devices_interrupt(uint32_t sources)
{
	uint32_t nobody = 0, ours = 0;

	for (unsigned i = 0; i < slot_count; i++)
		ours |= slots[i].sources;
	sources &= ours;
	nobody = sources;
	for (unsigned i = 0; i < slot_count; i++)
		if (slots[i].sources & sources && look_at(&slots[i]))
			nobody &= ~slots[i].sources;
	interrupts_let_through(sources & ~nobody);
	stuck |= interrupts_nobody(nobody);
	if (!stuck)
		return;
	has_polled = true;
	arm_watch();
	if (!timer_is_queued(&trial))
		clock_add_timer(&boot_cpu, &trial, clock_now_ns() + TRIAL_NS);
}

static int submit(struct block_disk *d, struct block_request *r)
{
	struct host_disk *h = container_of(d, struct host_disk, shown);
	int err = h->real->ops->submit(h->real, r);

	if (!err && (!timer_is_queued(&watch) || has_polled))
		arm_watch();
	return err;
}

static const struct block_ops disk_ops = {.submit = submit};

static void add_disk(struct block_disk *real)
{
	struct host_disk *h = &disks[disk_count];

	if (disk_count == HOST_DISKS_MAX) {
		log_warn("disks: %s is one too many; %u are allowed", real->model, HOST_DISKS_MAX);
		return;
	}
	snprintf(real->name, sizeof(real->name), "hd%u", disk_count++);
	h->real = real;
	h->shown = *real;
	h->shown.ops = &disk_ops;
	log_info("%s: %s, %llu MiB%s", h->shown.name, h->shown.model, h->shown.sectors >> 11,
		 h->shown.read_only ? ", read-only" : "");
}

static void add_card(struct nic *n)
{
	if (card_count == HOST_CARDS_MAX) {
		log_warn("networks: %s is one card too many; %u are allowed", n->model,
			 HOST_CARDS_MAX);
		return;
	}
	snprintf(n->name, sizeof(n->name), "eth%u", card_count);
	log_info("%s: %s, %02x:%02x:%02x:%02x:%02x:%02x, link %s", n->name, n->model, n->mac[0],
		 n->mac[1], n->mac[2], n->mac[3], n->mac[4], n->mac[5], n->link_up ? "up" : "down");
	cards[card_count++] = n;
}

static void add_source(struct host_slot *s, int source)
{
	if (source >= 0)
		s->sources |= 1u << source;
}

/* A message if the device can send one, else its line. */
static void route(struct host_slot *s)
{
	const struct pci_function *f = &s->device.pci;
	uint32_t address, data;
	int source = -1;

	if (s->device.isa_line_count) {
		for (unsigned i = 0; i < s->device.isa_line_count; i++)
			add_source(s, interrupts_add_isa(s->device.isa_lines[i]));
		return;
	}
	if (s->device.takes_msi && pci_find_capability(f, PCI_CAP_ID_MSI, 0))
		source = interrupts_add_msi(&address, &data);
	if (source >= 0 && pci_set_msi(f, address, data)) {
		add_source(s, source);
		return;
	}
	if (f->irq_pin && f->irq_line > 0 && f->irq_line < 16)
		add_source(s, interrupts_add_pci(f->irq_line));
	if (!s->sources)
		log_warn("%s at %02x:%02x.%u has no interrupt: looked at every %u ms",
			 s->device.driver->name, f->bus, f->device, f->function, POLL_NS / 1000000);
}

static int start(struct host_slot *s, const struct pci_function *f, const struct host_driver *d)
{
	void *memory = d->memory ? host_pages(d->memory) : NULL;
	int err;

	if (d->memory && !memory)
		return -ENOMEM;
	s->device = (struct host_device){.driver = d, .pci = *f, .memory = memory};
	pci_enable(f);
	err = d->start(&s->device);
	if (err && memory)
		frames_free(&host_frames, (hpa_t)(uintptr_t)memory, pages_of(d->memory),
			    FRAME_HOST);
	return err;
}

static void try_drivers(const struct pci_function *f)
{
	struct host_slot *s = &slots[slot_count];

	for (unsigned i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (!drivers[i]->matches(f))
			continue;
		if (slot_count == DEVICES_MAX) {
			log_warn("%s at %02x:%02x.%u is one device too many", drivers[i]->name,
				 f->bus, f->device, f->function);
			return;
		}
		if (start(s, f, drivers[i]))
			return;
		slot_count++;
		route(s);
		has_polled |= !s->sources;
		for (unsigned n = 0; n < s->device.disk_count; n++)
			add_disk(s->device.disks[n]);
		if (s->device.nic)
			add_card(s->device.nic);
		return;
	}
}

void host_devices_init(void)
{
	static struct pci_function found[PCI_MAX_FUNCTIONS];
	unsigned count = pci_scan(found, PCI_MAX_FUNCTIONS);

	watch.expired = watch_expired;
	again.expired = poll_cards;
	trial.expired = trial_begins;
	for (unsigned i = 0; i < count; i++)
		try_drivers(&found[i]);
	arm_watch();
}

struct block_disk *host_disk(unsigned n)
{
	return n < disk_count ? &disks[n].shown : NULL;
}

struct nic *host_card(unsigned n)
{
	return n < card_count ? cards[n] : NULL;
}

const struct host_device *host_device(unsigned n, uint32_t *sources)
{
	if (n >= slot_count)
		return NULL;
	*sources = slots[n].sources;
	return &slots[n].device;
}

static void read_done(struct block_request *r, int error)
{
	container_of(r, struct boot_read, request)->result = error;
}

/* True when it is done. */
static bool wait_for(const struct boot_read *read)
{
	for (uint32_t looks = 0; looks < READ_US / LOOK_US; looks++) {
		for (unsigned i = 0; i < slot_count; i++) {
			slots[i].device.driver->interrupt(&slots[i].device);
			give_time(&slots[i], clock_now_ns());
		}
		if (read->result != -EAGAIN)
			return true;
		delay_us(LOOK_US);
	}
	return false;
}

int host_disk_read(struct block_disk *d, uint64_t sector, void *buffer)
{
	static struct boot_read read;

	read = (struct boot_read){.segment = {buffer, BLOCK_SECTOR}, .result = -EAGAIN};
	read.request = (struct block_request){.op = BLOCK_READ,
					      .sector = sector,
					      .sectors = 1,
					      .count = 1,
					      .segments = &read.segment,
					      .done = read_done};
	if (d->ops->submit(d, &read.request))
		return -EIO;
	if (wait_for(&read))
		return read.result;
	host_devices_stop(); /* nobody must write into what is no longer there */
	return -EIO;
}

void host_devices_stop(void)
{
	for (unsigned i = 0; i < slot_count; i++)
		slots[i].device.driver->stop(&slots[i].device);
}
