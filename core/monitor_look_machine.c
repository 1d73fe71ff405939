/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at the machine: its processor, devices, interrupts. */
#include "arch/x86/cpu.h"
#include "arch/x86/interrupts.h"
#include "arch/x86/quirks.h"
#include "core/clock.h"
#include "core/disks.h"
#include "core/host_devices.h"
#include "core/keyboard.h"
#include "core/lib.h"
#include "core/machine.h"
#include "core/monitor.h"
#include "core/monitor_look.h"
#include "core/netswitch.h"
#include "core/networks.h"
#include "core/serial.h"
#include "core/util.h"
#include "drivers/host_device.h"

static void print_features(const struct cpu_features *f)
{
	const struct {
		bool has;
		const char *name;
	} all[] = {
		{f->nx, "NX"},
		{f->pcid, "PCID"},
		{f->sep, "SEP"},
		{f->fxsr, "FXSR"},
		{f->sse, "SSE"},
		{f->sse2, "SSE2"},
		{f->mce, "MCE"},
		{f->tsc_deadline, "TSC-deadline"},
		{f->invariant_tsc, "invariant-TSC"},
		{f->hypervisor, "hypervisor"},
	};

	for (unsigned has = 2; has-- > 0;) {
		monitor_print(has ? "has  " : "lacks");
		for (unsigned i = 0; i < ARRAY_SIZE(all); i++)
			if (all[i].has == has)
				monitor_print(" %s", all[i].name);
		monitor_print("\n");
	}
}

int look_cpu(int argc, char **argv)
{
	const struct cpu_features *f = &machine_cpu;

	(void)argc;
	(void)argv;
	monitor_print("%s%s%s\nfamily %u model %u stepping %u, microcode 0x%x\n", f->vendor,
		      f->brand[0] ? ", " : "", f->brand, f->family, f->model, f->stepping,
		      f->microcode);
	print_features(f);
	for (unsigned i = 0; i < QUIRKS; i++)
		if (f->quirks >> i & 1)
			monitor_print("note: %s\n", cpu_quirk_text(i));
	monitor_print("TSC %u kHz, %s\n", clock_tsc_khz(),
		      clock_tsc_is_trusted() ? "trusted" : "not trusted: guests do without");
	return 0;
}

/* "0, 3", or "none: polled". */
static void print_sources(uint32_t sources)
{
	const char *between = "";

	if (!sources)
		monitor_print("none: polled");
	for (unsigned n = 0; n < INTERRUPT_SOURCES; n++)
		if (sources >> n & 1) {
			monitor_print("%s%u", between, n);
			between = ", ";
		}
}

static void print_disk(const struct block_disk *d)
{
	monitor_print("    %s: %s, %llu MiB%s\n", d->name, d->model, d->sectors >> 11,
		      d->read_only ? ", read-only" : "");
}

static void print_card(const struct nic *n)
{
	monitor_print("    %s: %s, %02x:%02x:%02x:%02x:%02x:%02x, link %s\n", n->name, n->model,
		      n->mac[0], n->mac[1], n->mac[2], n->mac[3], n->mac[4], n->mac[5],
		      n->link_up ? "up" : "down");
	monitor_print("    received %llu, sent %llu, errors %llu\n", n->rx_frames, n->tx_frames,
		      n->rx_errors);
}

static void print_device(const struct host_device *d, uint32_t sources)
{
	monitor_print("%02x:%02x.%u %s, interrupt source ", d->pci.bus, d->pci.device,
		      d->pci.function, d->driver->name);
	print_sources(sources);
	monitor_print("\n");
	for (unsigned i = 0; i < d->disk_count; i++)
		print_disk(d->disks[i]);
	if (d->nic)
		print_card(d->nic);
}

static void print_use(const struct disk_use *u)
{
	uint32_t errors = u->window.disk.errors + u->overlay.disk.errors;

	monitor_print("disk %-8s %s, guest \"%s\": sectors %llu to %llu%s\n", u->base->name,
		      u->base->model, u->guest, u->first, u->first + u->sectors - 1,
		      u->writes          ? ""
		      : u->overlay.pages ? ", snapshot"
					 : ", read-only");
	if (errors)
		monitor_print("     requests that failed: %u\n", errors);
	if (u->overlay.pages)
		monitor_print("     snapshot: %u of %u pages used\n", u->overlay.used,
			      u->overlay.pages);
}

static void print_port(const struct netswitch *s, unsigned n)
{
	const struct netswitch_port *p = &s->ports[n];
	uint64_t drops = 0;

	for (unsigned i = 0; i < NETSWITCH_DROPS; i++)
		drops += p->drops[i];
	monitor_print("  %2u %-15s in %llu (%llu bytes), out %llu (%llu bytes), dropped %llu%s\n",
		      n, network_port_user(s, n), p->rx_frames, p->rx_bytes, p->tx_frames,
		      p->tx_bytes, drops, s->isolated >> n & 1 ? ", isolated" : "");
}

static void print_networks(void)
{
	const struct netswitch *s;
	const char *name;

	for (unsigned i = 0; (s = network_look(i, &name)) != NULL; i++) {
		monitor_print("network %s\n", name);
		for (unsigned n = 0; n < NETSWITCH_PORTS; n++)
			if (s->used >> n & 1)
				print_port(s, n);
	}
}

int look_devices(int argc, char **argv)
{
	const struct host_device *d;
	const char *unused;
	uint32_t sources;

	(void)argc;
	(void)argv;
	for (unsigned i = 0; (d = host_device(i, &sources)) != NULL; i++)
		print_device(d, sources);
	for (const struct disk_use *u = disks_uses(); u; u = u->next)
		print_use(u);
	print_networks();
	if (!host_device(0, &sources) && !disks_uses() && !network_look(0, &unused))
		monitor_print("none is in use: no guest has a disk= or net=\n");
	return 0;
}

static void print_users(unsigned source)
{
	const struct host_device *d;
	uint32_t sources;

	if (serial_all_sources() >> source & 1)
		monitor_print(" serial port");
	if (keyboard_sources() >> source & 1)
		monitor_print(" keyboard");
	for (unsigned i = 0; (d = host_device(i, &sources)) != NULL; i++)
		if (sources >> source & 1)
			monitor_print(" %s", d->driver->name);
}

int look_interrupts(int argc, char **argv)
{
	const struct interrupt_counts *c = &interrupt_counts;
	struct interrupt_view v;

	(void)argc;
	(void)argv;
	monitor_print("timer %u, sources %u, spurious %u, unexpected %u, NMI %u, watchdog %u\n",
		      c->timer, c->lines, c->spurious, c->unexpected, c->nmi, c->watchdog);
	monitor_print("source vector is              trigger    arrived for\n");
	for (unsigned n = 0; interrupts_look(n, &v); n++) {
		monitor_print("%6u   0x%02x %-12s %3u %-7s %10u", n, v.vector, v.kind, v.input,
			      v.is_level ? "level" : "edge", v.arrived);
		print_users(n);
		monitor_print("%s\n", v.is_stuck ? ", stuck: it stays off" : "");
	}
	return 0;
}

static const char *class_name(const struct pci_function *f)
{
	static const struct {
		uint16_t class;
		const char *name;
	} names[] = {
		{0x0100, "SCSI disks"},  {0x0101, "IDE disks"},    {0x0106, "SATA disks"},
		{0x0108, "NVMe disk"},   {0x0200, "network card"}, {0x0300, "VGA screen"},
		{0x0600, "host bridge"}, {0x0601, "ISA bridge"},   {0x0604, "PCI bridge"},
		{0x0700, "serial port"}, {0x0C03, "USB"},          {0x0C05, "SMBus"},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].class == (f->class << 8 | f->subclass))
			return names[i].name;
	return "";
}

static const char *driver_of(const struct pci_function *f)
{
	const struct host_device *d;
	uint32_t unused;

	for (unsigned i = 0; (d = host_device(i, &unused)) != NULL; i++)
		if (d->pci.bus == f->bus && d->pci.device == f->device &&
		    d->pci.function == f->function)
			return d->driver->name;
	return "";
}

int look_pci(int argc, char **argv)
{
	static struct pci_function found[PCI_MAX_FUNCTIONS];
	unsigned count = pci_scan(found, PCI_MAX_FUNCTIONS);

	(void)argc;
	(void)argv;
	for (unsigned i = 0; i < count; i++) {
		const struct pci_function *f = &found[i];

		monitor_print("%02x:%02x.%u %04x:%04x class %02x.%02x.%02x %-12s ", f->bus,
			      f->device, f->function, f->vendor, f->product, f->class, f->subclass,
			      f->interface, class_name(f));
		if (f->irq_pin)
			monitor_print("INT%c line %-3u ", 'A' + (f->irq_pin - 1) % 4, f->irq_line);
		monitor_print("%s\n", driver_of(f));
	}
	if (!count)
		monitor_print("there is no PCI bus\n");
	return 0;
}
